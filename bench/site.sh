# shellcheck shell=bash
# bench/site.sh - sourced by the benches that are scripts: programs in the background, a hub's API by curl, one enrolled site, what
# the kernel counts of a process, gates.  The caller sets bin (a build), dir (with ca/ and NAME/hub.conf made), url (of the hub).
: "${bin:?}" "${dir:?}" "${url:?}"

pids=()
stop() {
	[ ! -f "$dir/lines" ] || xargs -r kill <"$dir/lines" 2>/dev/null || true
	kill "${pids[@]}" 2>/dev/null || true
	wait 2>/dev/null || true
}
trap stop EXIT

start() { # NAME COMMAND...: started_pid is its process
	local name=$1
	shift
	"$@" >>"$dir/$name.log" 2>&1 &
	started_pid=$!
	pids+=("$started_pid")
}

ready() { # FILE
	local i
	for ((i = 0; i < 150; i++)); do
		[ ! -s "$1" ] || return 0
		sleep 0.2
	done
	echo "waited in vain for $1" >&2
	exit 1
}

free_port() {
	node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}

wait_for_port() { # PORT
	local i
	for ((i = 0; i < 100; i++)); do
		! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null || return 0
		sleep 0.1
	done
	echo "nothing answers at port $1" >&2
	exit 1
}

# A TLS or plain nginx of its own with one worker; its processes become NAME's.
nginx_with() { # NAME HTTP_BLOCK
	local user=
	[ "$(id -u)" != 0 ] || user="user root;" # else its worker could not read the run's folder
	mkdir -p "$dir/$1/tmp"
	cat >"$dir/$1/nginx.conf" <<-CONF
		daemon off;
		$user
		worker_processes 1;
		pid $dir/$1/pid;
		error_log $dir/$1/error.log crit;
		events { worker_connections 1024; }
		http {
			access_log off;
			sendfile on;
			tcp_nodelay on;
			keepalive_requests 100000000;
			client_max_body_size 0;
			client_body_temp_path $dir/$1/tmp;
			proxy_temp_path $dir/$1/tmp;
			fastcgi_temp_path $dir/$1/tmp;
			uwsgi_temp_path $dir/$1/tmp;
			scgi_temp_path $dir/$1/tmp;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			proxy_set_header Host \$http_host;
			proxy_request_buffering off;
			proxy_max_temp_file_size 0;
			ssl_certificate $dir/ca/tls.pem;
			ssl_certificate_key $dir/ca/tls.key;
			ssl_protocols TLSv1.3;
			$2
		}
	CONF
	start "$1" nginx -c "$dir/$1/nginx.conf" -p "$dir/$1"
	started_pid=$(nginx_processes "$started_pid")
}

nginx_processes() { # MASTER
	local i
	for ((i = 0; i < 50; i++)); do
		pgrep -P "$1" >/dev/null && break
		sleep 0.1
	done
	echo "$1 $(pgrep -P "$1" | tr '\n' ' ')"
}

# The port where a line of RTT_MS to PORT begins.
delayed() { # PORT [PORT_OF_ITS_BEGINNING]
	[ "${RTT_MS:-0}" -gt 0 ] || { echo "$1"; return; }
	"$(dirname "${BASH_SOURCE[0]}")/../tools/delay-line" --listen "127.0.0.1:${2:-0}" --to "127.0.0.1:$1" --ms $((RTT_MS / 2)) \
		--ready "$dir/line.$1" >/dev/null 2>&1 &
	echo $! >>"$dir/lines"
	ready "$dir/line.$1"
	member port <"$dir/line.$1"
}

pss_kb() { # PID...
	local pid all=0
	for pid; do all=$((all + $(awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup"))); done
	echo $all
}

# Where the hub really is, if its name leads elsewhere (curl's --connect-to).
hub_at=()
api() { # METHOD PATH BODY
	curl -sS --fail-with-body --cacert "$dir/ca/ca.pem" -b "$dir/cookies" -c "$dir/cookies" -X "$1" \
		${3:+-H "Content-Type: application/json" --data-binary "$3"} "${hub_at[@]}" "$url$2"
}

member() { # NAME.NAME
	node -e 'console.log(process.argv[1].split(".").reduce((o, k) => o[k], JSON.parse(require("fs").readFileSync(0, "utf8"))))' "$1"
}

start_hub() { # NAME ADDRESS
	echo "bench password of the day" | "$bin/src/hub/imprimatur-hub" user add --config "$dir/$1/hub.conf" --provider Bench \
		--email bench@example.test --name Bench >/dev/null 2>&1
	serve_hub "$@"
}
serve_hub() { # NAME ADDRESS
	rm -f "$dir/hub.ready"
	start hub "$bin/src/hub/imprimatur-hub" serve --config "$dir/$1/hub.conf" --listen "$2" --ready "$dir/hub.ready" --parent-pid $$
	hub_pid=$started_pid
	ready "$dir/hub.ready"
}

start_connector() {
	start connector "$bin/src/connector/imprimatur-connector" run --dir "$dir/site" --parent-pid $$
	connector_pid=$started_pid
	until [ "$(api GET "/api/v1/sites/$site" '' | member permissions.console 2>/dev/null)" = on ]; do sleep 0.2; done
}

# A hub whose sites are RTT_MS away, and one of them, whose console is at ORIGIN: hub_port, hub_pid, connector_pid.
start_relay() { # NAME PORT_OF_ORIGIN
	hub_port=8443
	sed -i "s,^public_url = .*,public_url = $url," "$dir/$1/hub.conf"
	echo "console_suffix = console.localhost" >>"$dir/$1/hub.conf"
	if [ "${RTT_MS:-0}" -gt 0 ]; then
		hub_port=$(free_port)
		hub_at=(--connect-to "hub.localhost:8443:127.0.0.1:$hub_port" --connect-to "hub.localhost:8443:localhost:$hub_port")
		delayed "$hub_port" 8443 >/dev/null
	fi
	start_hub "$1" "127.0.0.1:$hub_port"
	enroll_site "http://127.0.0.1:$2" "$(openssl rand -hex 16)"
	"$bin/src/connector/imprimatur-connector" permissions --dir "$dir/site" console on >/dev/null
	start_connector
}

# A technician's browser at that hub: bench/visit.mjs.
visit() { # COMMAND ARGUMENT...
	HUB_URL=$url HUB_PORT=$hub_port HUB_COOKIE=$(awk '$6 ~ /imprimatur/ { printf "%s%s=%s", n++ ? "; " : "", $6, $7 }' "$dir/cookies") \
		node "$(dirname "${BASH_SOURCE[0]}")/visit.mjs" "$@"
}

# A user who has accepted the terms, and a site whose connector lives in $dir/site; the source's key is the second line asked for.
enroll_site() { # URL_OF_SOURCE KEY [OPTION...]
	local customer code hash source=$1 key=$2
	shift 2
	api POST /api/v1/logins '{"email":"bench@example.test","password":"bench password of the day"}' >/dev/null
	api POST /api/v1/me/terms "$(api GET /api/v1/me '' | node -e '
		const { version, sha256 } = JSON.parse(require("fs").readFileSync(0, "utf8")).terms;
		console.log(JSON.stringify({ version, sha256, for_provider: true }));')" >/dev/null
	customer=$(api POST /api/v1/customers '{"name":"Bench"}' | member id)
	site=$(api POST /api/v1/sites "{\"customer_id\":\"$customer\",\"name\":\"Bench\"}" | member id)
	code=$(api POST "/api/v1/sites/$site/invitations" '{}' | member code)
	hash=$(api POST /c/v1/invitation "{\"code\":\"$code\",\"language\":\"en\"}" | member agreement.sha256)
	printf '%s\n' "$code" "$key" | "$bin/src/connector/imprimatur-connector" enroll --dir "$dir/site" --hub "$url" \
		--ca "$dir/ca/ca.pem" --accept-agreement "$hash" --set settings.listen=127.0.0.1:0 \
		--set "source.papercut.url=$source" --secret source.papercut.key "$@" >"$dir/enroll.log"
}

cpu_ticks() { # PID...
	local pid all=0
	for pid; do all=$((all + $(awk '{ sub(/^.*\) /, ""); print $12 + $13 }' "/proc/$pid/stat"))); done
	echo $all
}

# GOAL is the most that is good, or with `least` the least; what could not be measured is no number and not good.
judge() { # NAME VALUE UNIT GOAL [least]
	awk -v name="$1" -v value="$2" -v unit="$3" -v goal="$4" -v least="${5:-}" 'BEGIN {
		good = value ~ /^-?[0-9.]+$/ && (least ? value + 0 >= goal + 0 : value + 0 <= goal + 0)
		printf "gate %s %s %s goal %s %s\n", name, value, unit, goal, good ? "pass" : "fail"
		exit !good
	}'
}
