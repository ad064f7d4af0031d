"""Shapes of JSON answers: structs made for one operation, by which a body is decoded and encoded."""
