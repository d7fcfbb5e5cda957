#!/bin/sh
# Builds the wheel and the sdist, and runs the demo from the wheel in clean environments.
#
#   tools/release.sh [FOLDER [PYTHON...]]    FOLDER: dist; PYTHON: python3, such as python3.11 python3.12 python3.13
#
# For each Python: the wheel alone compiles, simulates and shows its page; with its extras it draws and verifies.
# The last line of each says so; the exit code is 1 where one does not.
set -eu
cd "$(dirname "$0")/.."
source=$(pwd)
dist=${1:-dist}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- python3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
pip="-m pip --disable-pip-version-check install --quiet"

"$1" -m venv "$work/build"
"$work/build/bin/python" $pip build
"$work/build/bin/python" -m build --outdir "$work/dist" . >"$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
wheel=$(ls "$work"/dist/symgate-*.whl)
sdist=$(ls "$work"/dist/symgate-*.tar.gz)

# What a wheel may not lack: files that are no Python, and what it may not hold
"$1" - "$wheel" "$sdist" <<'PYTHON'
import sys, tarfile, zipfile
wheel, sdist = sys.argv[1:]
inside = set(zipfile.ZipFile(wheel).namelist())
wanted = {"symgate/report/page/style.css", "symgate/report/page/script.js", "symgate/__main__.py"}
assert wanted <= inside, f"the wheel lacks {wanted - inside}"
odd = [name for name in inside if not name.startswith(("symgate/", "symgate-"))]
assert not odd, f"the wheel holds {odd}"
names = {name.partition("/")[2] for name in tarfile.open(sdist).getnames()}
wanted = {"examples/jets/design.toml", "README.md", "LICENSE", "CHANGELOG.md", "CITATION.cff", "pyproject.toml"}
assert wanted <= names, f"the sdist lacks {wanted - names}"
print(f"{len(inside)} files in the wheel, {len(names)} in the sdist")
PYTHON

demo() { # PYTHON of an environment, a name, the verbs that the extras allow
  here="$work/$2"
  mkdir -p "$here"
  cp "$source"/examples/jets/design.toml "$source"/examples/jets/jets.csv "$here"
  cd "$here"
  env -u PYTHONPATH "$1" -m symgate compile design.toml -o build/jets >compile.log
  if [ "$3" = all ]; then
    env -u PYTHONPATH "$1" -m symgate simulate build/jets --data jets.csv >simulate.log
    env -u PYTHONPATH "$1" -m symgate verify build/jets >verify.log
    test -s build/jets/plots/roc.png
  else
    env -u PYTHONPATH "$1" -m symgate simulate build/jets --data jets.csv --no-plots >simulate.log
  fi
  test -s build/jets/report.html
  grep -m1 "accuracy on" simulate.log
  cd "$source"
}

for python in "$@"; do
  version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  "$python" -m venv "$work/plain$version"
  "$work/plain$version/bin/python" $pip "$wheel"
  demo "$work/plain$version/bin/python" "run-plain$version" some
  echo "Python $version, the wheel alone: compiled and simulated"
  "$work/plain$version/bin/python" $pip "$wheel[sim,plot]"
  demo "$work/plain$version/bin/python" "run-all$version" all
  echo "Python $version, with sim and plot: compiled, simulated, drawn and verified"
done
mkdir -p "$dist"
cp "$wheel" "$sdist" "$dist"
echo "Written to $dist: $(basename "$wheel"), $(basename "$sdist")"
