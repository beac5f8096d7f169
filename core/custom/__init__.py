"""Custom fields: kinds that an administrator makes in the browser, kept in the JSON column that every Record has.

A definition is a declaration like any other: it is read when the app is built, and changing one has every process build
anew. Nothing beyond this package knows that a kind is a custom one.
"""
