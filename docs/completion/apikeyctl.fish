# Completion of apikeyctl for fish: it knows itself what may come next. Where it knows nothing, files are offered.
function __apikeyctl
    set -l typed (commandline --tokenize --cut-at-cursor --current-process)
    apikeyctl complete -- $typed[2..] (commandline --cut-at-cursor --current-token) 2>/dev/null
end
complete --command apikeyctl --condition 'count (__apikeyctl) > /dev/null' --no-files --arguments '(__apikeyctl)'
