#!/usr/bin/env bash
# docker-registry 2.8.2 (Debian 12, docker-registry 2.8.2+ds1-1): an OCI manifest whose layer names `urls` is refused unless
# the configuration allows those addresses. But the answer is 500, not one of the 400s, and its message says that the layer's
# blob is unknown, although it was uploaded just before. With `"urls": []`, or the addresses allowed, the same PUT gets 201.
# Seen on the loopback interface of a network namespace: 201 and 500 (with MANIFEST_BLOB_UNKNOWN), and 201 twice once allowed.
set -euo pipefail
version=2.8.2+ds1-1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq -o APT::Sandbox::User=root "docker-registry=$version" >/dev/null
for package in ./*.deb; do dpkg-deb -x "$package" tools; done
cat >inside.sh <<'INSIDE'
set -euo pipefail
ip link set lo up
base=http://127.0.0.1:5000/v2/image
curl() { command curl --silent --max-time 10 "$@"; }
digest() { echo "sha256:$(sha256sum <"$1" | cut -d' ' -f1)"; }
printf '%s' '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}' >configuration
printf '%s' layer >layer
kind=application/vnd.oci.image
for validation in '{}' '{manifests: {urls: {allow: ["^https://example[.]org/"]}}}'; do
  printf '%s\n' 'version: 0.1' 'log: {level: error}' "storage: {filesystem: {rootdirectory: $1/data}}" \
    'http: {addr: "127.0.0.1:5000"}' "validation: $validation" >registry.yml
  timeout 60 "$1/tools/usr/bin/docker-registry" serve registry.yml >log 2>&1 &
  server=$!
  for _ in {1..100}; do
    ! curl --output /dev/null http://127.0.0.1:5000/v2/ || break
    sleep 0.1
  done
  for blob in configuration layer; do
    place=$(curl --output /dev/null --dump-header - --request POST "$base/blobs/uploads/" | tr -d '\r' |
      sed -n 's/^Location: //p')
    curl --output /dev/null --fail --request PUT --header 'Content-Type: application/octet-stream' \
      --data-binary "@$blob" "$place&digest=$(digest "$blob")"
  done
  for urls in '' '"https://example.org/layer"'; do
    printf '%s' "{\"schemaVersion\":2,\"mediaType\":\"$kind.manifest.v1+json\"," \
      "\"config\":{\"mediaType\":\"$kind.config.v1+json\",\"digest\":\"$(digest configuration)\"," \
      "\"size\":$(stat -c %s configuration)}," \
      "\"layers\":[{\"mediaType\":\"$kind.layer.v1.tar\",\"digest\":\"$(digest layer)\",\"size\":5,\"urls\":[$urls]}]}" >manifest
    curl --output answer --write-out '%{http_code}\n' --request PUT --header "Content-Type: $kind.manifest.v1+json" \
      --data-binary @manifest "$base/manifests/tag"
    grep -o -m1 MANIFEST_BLOB_UNKNOWN answer || true
  done
  kill "$server"
  wait "$server" || true
done
INSIDE
seen=$(unshare --net bash inside.sh "$work" | paste -sd' ')
echo "docker-registry $version: answers without and with urls, then both with the address allowed: $seen"
[ "$seen" = "201 500 MANIFEST_BLOB_UNKNOWN 201 201" ]
