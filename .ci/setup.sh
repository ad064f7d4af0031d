# Sourced by the commands beside it: a virtual environment in .venv, with what was tested.
# Needs Python 3.11 or newer and the package registries; as root it installs what Debian lacks.

cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '\n== %s\n' "$*" >&2; }

find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3.11 python3 python3.12 python3.13 python3.14; do
    if [ -n "$candidate" ] && command -v "$candidate" >/dev/null &&
      "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  echo "Splice needs Python 3.11 or newer; none was found (set PYTHON to name one)." >&2
  return 1
}

apt_install() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  say "installing with apt: $*"
  DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 &&
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

make_venv() {
  local python
  python=$(find_python)
  [ -x .venv/bin/python ] && .venv/bin/python -m pip --version >/dev/null 2>&1 && return
  rm -rf .venv
  # Debian's Python comes without ensurepip, which lies in a package of its own.
  "$python" -m venv .venv >/dev/null 2>&1 || { apt_install python3-venv && "$python" -m venv .venv; } || {
    echo "No virtual environment could be made; on Debian: apt-get install python3-venv" >&2
    return 1
  }
  .venv/bin/python -m pip install --quiet 'pip>=25.1'
}

# install [--group NAME]...: Splice itself, editable, with the versions of constraints.txt.
install() {
  local stamp=".venv/.installed-$(printf '%s' "$*" | tr -cd 'a-z')"
  if [ ! -e "$stamp" ] || [ -n "$(find pyproject.toml constraints.txt -newer "$stamp")" ]; then
    say "installing Splice and what it needs"
    .venv/bin/python -m pip install --quiet --constraint constraints.txt --editable . "$@"
    touch "$stamp"
  fi
}
