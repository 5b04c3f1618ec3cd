"""Lets `python -m coproduce` run the program."""

from coproduce.cli import main

main()
