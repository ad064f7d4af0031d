"""The joins that there are, and the resolver of fields that have one."""
