"""The database handle."""

from peewee import DatabaseProxy

db = DatabaseProxy()
