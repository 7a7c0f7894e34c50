"""Run the command line as ``python -m offpath``."""

from offpath.cli import main

main(prog_name="offpath")
