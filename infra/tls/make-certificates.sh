#!/bin/sh
# Makes, once, an authority of this installation's own, and the certificates of KurrentDB and Kafka: what servers need goes into the first folder,
# the authority's certificate, which everybody may see, into the second. Needs keytool, which comes with Java, and TLS_PASSWORD.
set -eu
servers=${1:-/tls}
public=${2:-/ca}
if [ -e "$public/ca.crt" ]; then
  exit 0
fi
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
store() { keytool "$@" -storetype PKCS12 -storepass:env TLS_PASSWORD; }

store -genkeypair -alias ca -keystore "$made/ca.p12" -keyalg RSA -keysize 3072 -validity 3650 \
  -dname 'CN=backscroll' -ext bc:c=ca:true -ext ku:c=keyCertSign,cRLSign
store -exportcert -rfc -alias ca -keystore "$made/ca.p12" > "$made/ca.crt"

# The common name is the one that KurrentDB looks for in the nodes of a cluster.
for server in kurrentdb kafka; do
  store -genkeypair -alias "$server" -keystore "$made/$server.p12" -keyalg RSA -keysize 3072 -validity 3650 \
    -dname 'CN=eventstoredb-node'
  store -certreq -alias "$server" -keystore "$made/$server.p12" > "$made/$server.csr"
  store -gencert -rfc -alias ca -keystore "$made/ca.p12" -infile "$made/$server.csr" -validity 3650 \
    -ext "san=dns:$server,dns:localhost,ip:127.0.0.1" -ext ku:c=digitalSignature,keyEncipherment \
    -ext eku=serverAuth,clientAuth > "$made/$server.crt"
  cat "$made/ca.crt" "$made/$server.crt" > "$made/$server.chain"
  store -importcert -noprompt -alias ca -file "$made/ca.crt" -keystore "$made/$server.p12"
  store -importcert -noprompt -alias "$server" -file "$made/$server.chain" -keystore "$made/$server.p12"
  # The servers run as other users than this does; the files are in a volume that nobody else mounts, and under a password.
  cp "$made/$server.p12" "$servers/$server.p12"
  chmod 644 "$servers/$server.p12"
done
# Last: where it is, all the others are.
cp "$made/ca.crt" "$public/ca.crt"
chmod 644 "$public/ca.crt"
