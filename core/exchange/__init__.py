"""Import and export without a database: readers, vcards, headings and writers; import the module that you need."""
