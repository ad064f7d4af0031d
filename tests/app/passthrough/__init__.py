"""Plain HTTP through the gateway, checked byte by byte on both sides."""
