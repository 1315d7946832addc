# The plugin of Oh My Zsh, as a shell loads it, with a clipboard that is a file.
# Arguments: the folder of the plugin, a service. The clipboard stands in ./clipboard.
exec >log 2>&1
plugin=$1 service=$2
export ZSH_CACHE_DIR=$PWD/cache
mkdir -p $ZSH_CACHE_DIR/completions
fpath=($plugin $ZSH_CACHE_DIR/completions $fpath)
clipcopy() { printf '[%s]' "$(cat)" >>clipboard }
sleep() { command sleep 0.1 }
source $plugin/1password.plugin.zsh
printf '\n\n' | opswd $service || exit
# What the completion offers.
compadd() { print -rl -- $services >services }
autoload -Uz _opswd
_opswd
# What the plugin does in the background: the completion of op, and the empty clipboard.
command sleep 2
