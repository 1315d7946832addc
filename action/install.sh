#!/usr/bin/env bash
# Installs Strongroom for the rest of the job, and puts `op` and `strongroom` on its path.
# Its inputs are the INPUT_… of action.yml. The output `op` is the program.
# Every Python has -P: the step runs in the checkout of the job, and without it a file there that
# is called pip.py or logging.py would be taken for a module of Python.
set -euo pipefail

ADDRESS='import pathlib, sys; print(pathlib.Path(sys.argv[1]).resolve().as_uri())'

fail() {
    printf '::error::%s\n' "$1"
    exit 1
}

find_python() {
    local candidate
    for candidate in "$INPUT_PYTHON" python3 python3.13 python3.12 python3.11 python; do
        [[ -n $candidate ]] || continue
        if "$candidate" -P -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
}

# wheel_address PYTHON: the address of the wheel, by which pip also learns the hash.
wheel_address() {
    case $INPUT_INSTALL in
        https://*) printf '%s\n' "$INPUT_INSTALL" ;;
        *://*) fail "install: only https:// addresses are taken" >&2 ;;
        *)
            [[ -f $INPUT_INSTALL ]] || fail "install: there is no file of that name" >&2
            "$1" -P -c "$ADDRESS" "$INPUT_INSTALL"
            ;;
    esac
}

pip_install() {
    "$folder/environment/bin/python" -P -m pip install --quiet --no-input \
        --disable-pip-version-check "$@"
}

python=$(find_python)
[[ -n $python ]] || fail "Python 3.11 or later is needed; actions/setup-python brings one"

[[ -z $INPUT_SHA256 || $INPUT_SHA256 =~ ^[0-9A-Fa-f]{64}$ ]] ||
    fail "sha256 has 64 hexadecimal digits"
sha256=$(tr A-F a-f <<<"$INPUT_SHA256")

checkout="$GITHUB_ACTION_PATH/.."
case $INPUT_INSTALL in
    "") what=$checkout ;;
    *.whl) what=$(wheel_address "$python")${sha256:+#sha256=$sha256} ;;
    *) what=$INPUT_INSTALL ;;
esac
[[ -z $INPUT_SHA256 || $INPUT_INSTALL == *.whl ]] ||
    fail "sha256 belongs to a wheel, and install names none"

# A second use in the same job finds what the first one installed.
folder="$RUNNER_TEMP/strongroom"
if [[ $(cat "$folder/installed" 2>/dev/null) != "$python $what" ]]; then
    rm -rf "$folder"
    "$python" -P -m venv "$folder/environment"
    # A checkout knows by hash what it needs, and by what it is built.
    if [[ $what == "$checkout" ]]; then
        pip_install --require-hashes -r "$checkout/requirements/runtime.txt"
        PATH="$folder/environment/bin:$PATH" pip_install --no-deps --no-build-isolation "$what"
    else
        pip_install -- "$what"
    fi
    # Of the environment nothing else goes on the path: a job has its own `python`.
    mkdir "$folder/bin"
    ln -s ../environment/bin/op ../environment/bin/strongroom "$folder/bin"
    printf '%s\n' "$python $what" >"$folder/installed"
fi
printf '%s\n' "$folder/bin" >>"$GITHUB_PATH"
printf 'op=%s\n' "$folder/bin/op" >>"$GITHUB_OUTPUT"
