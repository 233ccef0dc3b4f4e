# Sourced by the scripts that do one step after another: `step NAME COMMAND...` runs a step and stops where it fails, and
# `say_times` says how long each took.

step_times=()

step() {
    local name=$1 started=$SECONDS
    shift
    echo "== $name: $*"
    if ! "$@"; then
        echo "== $name: FAILED after $((SECONDS - started)) s" >&2
        exit 1
    fi
    step_times+=("$(printf '%6d s  %s' $((SECONDS - started)) "$name")")
}

say_times() {
    printf '%s\n' "${step_times[@]}" "$(printf '%6d s  in all' "$SECONDS")"
}
