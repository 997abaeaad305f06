#!/bin/sh
# Runs a program whose standard output is a terminal, wide and high enough for all that it draws. Started by script(1), which
# makes the terminal. Arguments: the file for standard error, which is no terminal; the program and its arguments.
set -eu
errors=$1
shift
stty cols 200 rows 200
exec "$@" 2>"$errors"
