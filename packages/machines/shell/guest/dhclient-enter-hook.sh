# shellcheck shell=sh
# dhclient-script reads this before it acts: no route and no resolver comes along. The second route option is for its hook
# rfc3442-classless-routes.
unset new_routers new_rfc3442_classless_static_routes new_static_routes
make_resolv_conf() { :; }
