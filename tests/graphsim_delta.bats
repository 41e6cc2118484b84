#!/usr/bin/env bats
#
# graphsim: delta rounds.

load graphsim

@test "graphsim: S45 S46 delta delivers occurrences bare" {
	round "$ANN/calendarView/delta?$WINDOW"
	[ "$(items -s '[.[].type] | sort | join(" ")')" = \
		"exception occurrence occurrence seriesMaster singleInstance singleInstance singleInstance singleInstance" ]
	[ "$(items -s '[.[] | select(.type=="occurrence")][0] | keys | join(" ")')" = \
		"@odata.etag @odata.type end id seriesMasterId start type" ]
	[ "$(items 'select(.type=="seriesMaster") | .start.dateTime')" = 2026-10-05T07:00:00.0000000 ]
	[ "${#DELTA}" -gt 400 ]
	round "$DELTA"
	[ "$(items -s length)" -eq 0 ]
	[[ $DELTA == *deltatoken=* ]]
	round "${DELTA/deltatoken/DeltaToken}&startDateTime=2020-01-01T00:00:00Z"
	[ "$(items -s length)" -eq 0 ]
}

@test "graphsim: S47 pages, and each has exactly one link" {
	run -0 graph -H 'Prefer: odata.maxpagesize=2' "$ANN/calendarView/delta?$WINDOW"
	[ "$(jq 'has("@odata.nextLink")' <<<"$output")" = true ]
	[ "$(jq 'has("@odata.deltaLink")' <<<"$output")" = false ]
	mode '{"delta.split":"on"}'
	round "$ANN/calendarView/delta?$WINDOW" -H 'Prefer: odata.maxpagesize=1'
	[ "$(items -s length)" -eq 8 ]
}

@test "graphsim: S48 removed: deleted, moved out, and noise outside the window" {
	round "$ANN/calendarView/delta?$WINDOW"
	local alone
	alone=$(id_of Alone)
	act '{"as":"ann@firm.test","do":"delete","event":"alone"}'
	act '{"as":"ann@firm.test","do":"update","event":"day","set":{"start":"2028-01-01","end":"2028-01-02"}}'
	act '{"as":"ann@firm.test","do":"create","event":{"subject":"Far","start":"2029-01-01T10:00"}}'
	round "$DELTA"
	[ "$(items -s '[.[] | select(.["@removed"].reason=="deleted")] | length')" -eq 3 ]
	[ "$(items -r --arg i "$alone" 'select(.id==$i) | has("@removed")')" = true ]
	[ "$(items -s '.[0] | keys | join(" ")')" = "@odata.type @removed id" ]
}

@test "graphsim: S49 one deleted occurrence, in three modes" {
	local m
	for m in series removed silent; do
		setup
		mode "{\"delta.occurrence_deleted\":\"$m\"}"
		round "$ANN/calendarView/delta?$WINDOW"
		act '{"as":"ann@firm.test","do":"delete-occurrence","event":"standup","occurrence":"2026-11-23"}'
		round "$DELTA"
		case $m in
		series) [ "$(items -s '[.[].type] | join(" ")')" = "seriesMaster occurrence exception" ] ;;
		removed) [ "$(items -s '[.[] | select(has("@removed"))] | length')" -eq 2 ] ;;
		silent) [ "$(items -s length)" -eq 0 ] ;;
		esac
	done
}

@test "graphsim: S50 a change of the master repeats its occurrences, with a new etag" {
	round "$ANN/calendarView/delta?$WINDOW"
	act '{"as":"ann@firm.test","do":"update","event":"standup","set":{"subject":"Daily"}}'
	round "$DELTA"
	[ "$(items -s '[.[].type] | sort | join(" ")')" = "exception occurrence occurrence seriesMaster" ]
	[ "$(items -s '[.[]["@odata.etag"]] | unique | length')" -eq 1 ]
}

@test "graphsim: S51 replay and late" {
	mode '{"delta.replay":"on"}'
	round "$ANN/calendarView/delta?$WINDOW"
	act '{"as":"ann@firm.test","do":"touch","event":"alone"}'
	round "$DELTA"
	[ "$(items -s length)" -eq 1 ]
	round "$DELTA"
	[ "$(items -s length)" -eq 1 ]
	setup
	mode '{"delta.late":60}'
	sim clock -d '{"advance":61}' >/dev/null
	round "$ANN/calendarView/delta?$WINDOW"
	[ "$(items -s length)" -eq 8 ]
	act '{"as":"ann@firm.test","do":"touch","event":"alone"}'
	round "$DELTA"
	[ "$(items -s length)" -eq 0 ]
	sim clock -d '{"advance":61}' >/dev/null
	round "$DELTA"
	[ "$(items -s length)" -eq 1 ]
}

@test "graphsim: S52 old tokens die, in six ways" {
	local old i
	round "$ANN/calendarView/delta?$WINDOW"
	old=$DELTA
	for i in 1 2 3; do round "$DELTA"; done
	run -0 status "$old"
	[ "$output" = 200 ]
	run -0 status "$old"
	[ "$output" = 410 ]
	[ "$(body .error.code)" = SyncStateNotFound ]
	[[ $(body .error.message) == *"generation="*"[highest="* ]]
	mode '{"delta.gone":"400","delta.location":"on"}'
	run -0 status "$old"
	[ "$output" = 400 ]
	mode '{"delta.gone":"empty"}'
	run -0 status "$old"
	[ "$output" = 410 ]
	[ ! -s "$BATS_TEST_TMPDIR/body" ]
	[[ $(header location) == */calendarView/delta ]]
	mode '{"delta.gone":"fullsync"}'
	run -0 status "$old"
	[[ $(body .error.message) == *fullSyncRequired* ]]
	mode '{"delta.gone":"malformed"}'
	run -0 status "$old"
	[ "$(body .error.code)" = ErrorInvalidIdMalformed ]
	mode '{"delta.gone":"resync"}'
	run -0 status "$old"
	[ "$(body .error.code)" = resyncRequired ]
}

@test "graphsim: S53 S54 a stuck round, and 410 in the middle" {
	fault '{"kind":"stuck","path":"delta","count":5}'
	local link="$ANN/calendarView/delta?$WINDOW" i
	for i in 1 2 3 4 5; do
		run -0 status "$link"
		link=$(body '.["@odata.nextLink"]')
		[ "$link" != null ]
	done
	run -0 status "$link"
	[ "$(body '.["@odata.nextLink"]')" = null ]
	fault '{"kind":"gone","path":"skiptoken"}'
	run -0 status -H 'Prefer: odata.maxpagesize=1' "$ANN/calendarView/delta?$WINDOW"
	run -0 status "$(body '.["@odata.nextLink"]')"
	[ "$output" = 410 ]
}

@test "graphsim: S55 options that delta does not take" {
	run -0 status "$ANN/calendarView/delta?$WINDOW&\$expand=attachments"
	[ "$output" = 500 ]
	run -0 status "$ANN/calendarView/delta?$WINDOW&\$filter=isAllDay%20eq%20true"
	[ "$output" = 400 ]
	run -0 status "$ANN/calendarView/delta?$WINDOW&\$select=subject"
	[ "$output" = 200 ]
	[ "$(body '.value[0] | has("iCalUId")')" = true ]
}
