# Completion of k3s-lab in fish, for `k3s-lab` and `npx k3s-lab`.

# Prints the words that were typed behind k3s-lab, each in a line; fails where it is not k3s-lab that npx starts.
function __k3s_lab_behind_npx
    set -l words (commandline -opc)
    set -e words[1]
    while string match -q -- '-*' $words[1]
        set -e words[1]
    end
    test "$words[1]" = k3s-lab; or return
    for word in $words[2..]
        printf '%s\n' $word
    end
    return 0
end

# Prints the k3s-lab that npx would start here.
function __k3s_lab_by_npx
    set -l folder $PWD
    while not test -x "$folder/node_modules/.bin/k3s-lab"
        test "$folder" = /; and return 1
        set folder (path dirname $folder)
    end
    echo $folder/node_modules/.bin/k3s-lab
end

function __k3s_lab_complete
    set -l words (commandline -opc)
    set -l program $words[1]
    set -e words[1]
    if test "$argv[1]" = npx
        set words (__k3s_lab_behind_npx)
        set program (__k3s_lab_by_npx); or return
    end
    set -l current (commandline -ct)
    set -l lines ($program __complete $words "$current" 2>/dev/null)
    string join \n -- $lines[2..]
    test "$lines[1]" = files; and __fish_complete_path (string replace -r '^--[^=]*=' '' -- $current)
end

complete -c k3s-lab -f -a '(__k3s_lab_complete)'
complete -c npx -n __k3s_lab_behind_npx -f -a '(__k3s_lab_complete npx)'
