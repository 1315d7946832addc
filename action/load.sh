#!/usr/bin/env bash
# Loads the secrets, or rather lets `op ci github` do it. Its inputs are the INPUT_… of action.yml.
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

is_true export-env "$INPUT_EXPORT_ENV" || flags+=(--outputs)
if is_true unset-previous "$INPUT_UNSET_PREVIOUS"; then
    flags+=(--unset-previous)
fi
add_each --env-file "$INPUT_ENV_FILE"
add_each --environment "$INPUT_ENVIRONMENT"
# An empty list is an unset variable to the bash of macOS.
exec "$INPUT_OP" ci github ${flags[@]+"${flags[@]}"}
