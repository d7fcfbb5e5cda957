#!/bin/sh
# Print one line that names every missing program and how to get it, and fail with 2; print nothing if all is there.
# usage: [PYTHON=python3.12] tools/preflight.sh
PYTHON=${PYTHON:-python3}
missing=
packages=

lacks() { # what is missing, Debian packages that bring it
    missing="${missing:+$missing, }$1"
    packages="${packages:+$packages }$2"
}

for program in g++ make perl; do
    command -v "$program" >/dev/null 2>&1 || lacks "$program" "$program"
done

version=$("$PYTHON" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
if [ -z "$version" ]; then
    lacks "$PYTHON" "python3 python3-venv"
elif ! "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    lacks "Python 3.11 or newer ($PYTHON is $version; PYTHON=... names another)" "python3.11 python3.11-venv"
elif ! "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null; then
    lacks "the venv module of $PYTHON" python3-venv
fi

[ -z "$missing" ] && exit 0
echo "symgate needs $missing: apt-get install $packages"
exit 2
