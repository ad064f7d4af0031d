"""What `splice …` can do: one file a command, each with `add` for its arguments and `run`."""
