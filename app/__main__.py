"""`python -m app` is `splice`."""

from app.cli import main

main()
