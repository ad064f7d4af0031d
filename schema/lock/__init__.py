"""Names that clients know, kept whatever the rules would give: `model`, and `changes` to it."""
