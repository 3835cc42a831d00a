# shellcheck shell=bash
# bench/site.sh - sourced by the benches that are scripts: programs in the background, a hub's API by curl, one enrolled site, what
# the kernel counts of a process, gates.  The caller sets bin (a build), dir (with ca/ and NAME/hub.conf made), url (of the hub).
: "${bin:?}" "${dir:?}" "${url:?}"

pids=()
stop() {
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
	start hub "$bin/src/hub/imprimatur-hub" serve --config "$dir/$1/hub.conf" --listen "$2" --ready "$dir/hub.ready" --parent-pid $$
	ready "$dir/hub.ready"
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
		good = value ~ /^[0-9.]+$/ && (least ? value + 0 >= goal + 0 : value + 0 <= goal + 0)
		printf "gate %s %s %s goal %s %s\n", name, value, unit, goal, good ? "pass" : "fail"
		exit !good
	}'
}
