#!/bin/sh
# Installs the Flatpaks that this image lists for the system or for a user.
set -u
lists=/usr/share/bluebuild/default-flatpaks
scope=${1:?system or user}
failed=0

# Errors of a notification are no errors of the installation.
tell() {
    if [ "$scope" = user ]; then
        notify-send --app-name Flatpak "$1" 2>/dev/null
        return 0
    fi
    for runtime in /run/user/*; do
        uid=${runtime##*/}
        [ -S "$runtime/bus" ] && [ "$uid" -ge 1000 ] || continue
        setpriv --reuid "$uid" --clear-groups env "DBUS_SESSION_BUS_ADDRESS=unix:path=$runtime/bus" \
            notify-send --app-name Flatpak "$1" 2>/dev/null
    done
    return 0
}

# What Fedora ships of its own remotes goes, unless a list takes from there.
grep -qsx 'url oci+https://registry.fedoraproject.org' $(grep -lsx "scope $scope" "$lists"/*.list) /dev/null || {
    [ "$scope" = system ] && [ -x /usr/bin/fedora-third-party ] && /usr/bin/fedora-third-party disable
    for remote in fedora fedora-testing; do
        flatpak remotes "--$scope" --columns name | grep -qx "$remote" || continue
        refs=$(flatpak list "--$scope" --columns origin,ref | sed -n "s/^$remote[[:space:]]*//p")
        flatpak remote-delete "--$scope" --force "$remote" || failed=1
        [ -z "$refs" ] || flatpak uninstall "--$scope" --noninteractive $refs || failed=1
    done
}

for list in "$lists"/*.list; do
    grep -qsx "scope $scope" "$list" || continue
    notify= name= url= title= install= remove=
    while read -r key value; do
        case $key in
            notify) notify=$value ;;
            name) name=$value ;;
            url) url=$value ;;
            title) title=$value ;;
            install) install="$install $value" ;;
            remove) remove="$remove $value" ;;
        esac
    done < "$list"
    flatpak remote-add "--$scope" --if-not-exists ${title:+"--title=$title"} "$name" "$url" &&
        flatpak remote-modify "--$scope" --enable "$name" || { failed=1; continue; }
    for id in $remove; do
        flatpak info "--$scope" "$id" >/dev/null 2>&1 || continue
        flatpak uninstall "--$scope" --noninteractive "$id" || failed=1
    done
    missing=
    for id in $install; do
        flatpak info "--$scope" "$id" >/dev/null 2>&1 || missing="$missing $id"
    done
    [ -n "$missing" ] || continue
    [ "$notify" != true ] || tell "Installing from ${title:-$name}:$missing"
    flatpak install "--$scope" --noninteractive "$name" $missing || failed=1
    [ "$notify" != true ] || tell "Installed from ${title:-$name}:$missing"
done
exit "$failed"
