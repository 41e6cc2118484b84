# shellcheck shell=bash
# two_way: stories of Outlook's side alone, told where calsync may write to both: the
# policy sends everything out, and the stories say that nothing goes.  Loaded after
# e2e; E2E_MODEL=paranoid takes that mail model.

load outward
# In the whole test nothing is written to Graph.
E2E_OUT=''
e2e_two_way=('direction.events = both' 'mail.allow = all' 'attendees.to_graph = all' 'attendees.trigger = yes')
eval "$(declare -f e2e_fresh | sed '1s/e2e_fresh/one_way_fresh/')"
eval "$(declare -f firm_policy | sed '1s/firm_policy/one_way_policy/')"
e2e_fresh() {
  one_way_fresh "$@" || return 1
  sim mode "{\"preset\":\"${E2E_MODEL:-strict}\"}" >/dev/null || return 1
  firm_policy
}
# What the last run did, such as "3 crm.create done".
did() { ops | tr ',' '\n' | sort | uniq -c | xargs; }
firm_policy() { one_way_policy "${e2e_two_way[@]}" "mail.model = ${E2E_MODEL:-strict}" "$@"; }
