"""Shapes of JSON answers: structs made for one operation, which decode a body and encode."""
