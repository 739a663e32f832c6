# Completion of apikeyctl for bash: it knows itself what may come next. Where it knows nothing, files are offered.
_apikeyctl() {
	mapfile -t COMPREPLY < <(apikeyctl complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null | cut -f 1)
}
complete -o default -F _apikeyctl apikeyctl
