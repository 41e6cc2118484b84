# shellcheck shell=bash
# switch: a firm that has been running under one profile, and then takes another.
# Loaded after e2e and outward.

PROFILES=(default practifi salesexec interaction smartcloud opencrm)
# What is changed in a profile so that it can run at all in this world.
tuned() { # PROFILE
  case $1 in
    default) echo 'direction.events = both' ;;
    interaction) echo 'recurring.mode = skip' ;;
    *) echo 'category.write = none' ;;
  esac
}

# Everything that profiles differ about, all of it near enough for each window.
switch_world() {
  world "$(MORE='{"body":"Agenda","location":"Cafe"}' meeting plain ann 2025-03-12T10:00 xia@client.test)" \
    "$(meeting both ann 2025-03-13T10:00 '{"address":"bob@firm.test","response":"accepted"}' xia@client.test)" \
    "$(meeting bobs bob 2025-03-14T10:00 '{"address":"ann@firm.test","response":"accepted"}' yan@client.test)" \
    "$(MORE='{"sensitivity":"private"}' meeting secret ann 2025-03-17T10:00 xia@client.test)" \
    "$(meeting inside ann 2025-03-17T12:00 bob@firm.test)" \
    "$(meeting stranger ann 2025-03-17T14:00 zed@nowhere.test)" \
    "$(MORE='{"categories":["Salesforce","InterAction"]}' meeting marked ann 2025-03-18T10:00 xia@client.test)" \
    "$(meeting outside zed@nowhere.test 2025-03-18T14:00 '{"address":"ann@firm.test","response":"accepted"}' xia@client.test)" \
    "$(MORE='{"allDay":true}' meeting day ann 2025-03-19 xia@client.test)" \
    "$(meeting far ann 2025-06-12T10:00 xia@client.test)" \
    "$(meeting past ann 2025-03-05T10:00 xia@client.test)" \
    "$(MORE="{$(weekly 3 thursday)}" meeting series ann 2025-03-20T09:00 xia@client.test)" \
    '{"key":"alone","organizer":"ann@firm.test","subject":"alone","zone":"Europe/London","start":"2025-03-21T10:00"}'
}
# What people make in the CRM: with people, alone, private, internal, repeating.
switch_crm() {
  crm_event Pitch 2025-03-24T14:00Z 30 xia@client.test
  crm_event Desk 2025-03-25T14:00Z 30
  MORE='private = true' crm_event Quiet 2025-03-26T14:00Z 30 xia@client.test
  crm_event Team 2025-03-27T14:00Z 30 bob@firm.test
  MORE="recurrence_rule = 'FREQ=WEEKLY;COUNT=3;BYDAY=FR', recurring = true" crm_event Weekly 2025-03-28T14:00Z 30 xia@client.test
}

# Runs for a while under this profile, until there is nothing left to do.
settle_under() { # PROFILE
  fresh_out "$(switch_world)" "$1" "$(tuned "$1")" || return 1
  sync
  later 15m
  switch_crm
  sync
  later 15m
  sync
  later 15m
  sync_nothing
}
