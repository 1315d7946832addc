#!/usr/bin/env bash
# Loads the secrets; `op ci github` does it. Inputs: EXPORT_ENV, UNSET_PREVIOUS, ENVIRONMENTS,
# ENV_FILES (action.yml); OP is the program.
set -euo pipefail

flags=()

# is_true NAME VALUE: a boolean as actions spell it.
is_true() {
    case $2 in
        true | True | TRUE) return 0 ;;
        false | False | FALSE) return 1 ;;
    esac
    printf '::error::%s is true or false\n' "$1"
    exit 1
}

# add_each FLAG LINES: gives the flag once for each line that is not blank.
add_each() {
    local line
    while IFS=$' \t\r' read -r line || [[ -n $line ]]; do
        [[ -z $line ]] || flags+=("$1=$line")
    done <<<"$2"
}

is_true export-env "$EXPORT_ENV" || flags+=(--outputs)
if is_true unset-previous "$UNSET_PREVIOUS"; then
    flags+=(--unset-previous)
fi
add_each --env-file "$ENV_FILES"
add_each --environment "$ENVIRONMENTS"
# The inputs are not handed on: op reads its own variables, and references in the rest.
exec env -u EXPORT_ENV -u UNSET_PREVIOUS -u ENVIRONMENTS -u ENV_FILES -u OP \
    "$OP" ci github "${flags[@]}"
