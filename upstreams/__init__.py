"""What backends offer, and how each kind of backend is read and called.

Read in this order: `model` (what an upstream offers), `errors` (what can go wrong), `kind` (the
seam every kind fills), `registry` (which kinds there are), then any kind's folder.
"""
