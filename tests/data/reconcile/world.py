"""world: the people, events and links that the golden cases of reconcile are
made of.  Everything is said anew here, independently of the C code, from
docs/stream.md: a misreading on one side shows as a difference.

Clock: Saturday 2026-11-21T09:00Z.  Users: Ann (1, account 1) and Bob (2,
account 2) sync, Cy (3) is a CRM user without mailbox.  Dee is a colleague who
is no CRM user.  Contacts: Xia (7, Client), Yan (8, Prospect), Val (9, Vendor),
Pia (10, Client, private).  Zed is known to nobody.
"""
import copy
import hashlib
import json

NOW = "2026-11-21T09:00:00Z"
NAMES = {"ann": "Ann", "bob": "Bob", "cy": "Cy", "dee": "Dee"}
ADDRESS = {
    "ann": "ann@firm.test", "bob": "bob@firm.test", "cy": "cy@firm.test",
    "dee": "dee@firm.test", "xia": "xia@client.test", "yan": "yan@client.test",
    "yan2": "yan@home.test", "val": "val@vendor.test", "pia": "pia@secret.test",
    "zed": "zed@nowhere.test",
}
USERS = {"ann": ("1", 1, True), "bob": ("2", 2, True), "cy": ("3", None, False)}
CONTACTS = {
    "xia": ("7", "Client", False), "yan": ("8", "Prospect", False),
    "yan2": ("8", "Prospect", False), "val": ("9", "Vendor", False),
    "pia": ("10", "Client", True),
}


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def dumps(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def name(who):
    return {"yan2": "Yan"}.get(who, who.capitalize())


def person(who, response="none", role="required"):
    """An attendee in Graph's terms: "xia" or ("xia", "accepted", "optional")."""
    if isinstance(who, dict):
        return who
    if isinstance(who, tuple):
        return person(*who)
    return {"address": ADDRESS[who], "name": name(who), "role": role, "response": response}


def event(*people, organizer="ann", mailbox="ann", **over):
    """A meeting of Ann's with these people, as normalize writes it."""
    e = {
        "id": "AAMk1", "etag": 'W/"1"', "uid": "0400AA", "subject": "Review",
        "body": "Agenda\n- one", "start": "2026-11-24T09:00:00Z",
        "end": "2026-11-24T10:00:00Z", "zone": "Europe/Berlin", "all_day": False,
        "location": "Cafe", "rooms": [], "show_as": "busy", "sensitivity": "normal",
        "reminder": 15,
        "organizer": {"address": ADDRESS[organizer], "name": name(organizer)},
        "is_organizer": organizer == mailbox,
        "response": "organizer" if organizer == mailbox else "none",
        "attendees": [person(p) for p in people], "online": None, "recurrence": None,
        "recurrence_text": None,
        "series": {"kind": "single", "master": None, "original_date": None},
        "categories": [], "attachments": False, "draft": False, "cancelled": False,
        "created": "2026-11-01T08:00:00Z", "modified": "2026-11-20T08:00:00Z",
        "marker": None,
    }
    e.update(over)
    return seal(e)


def seal(e):
    e.pop("digest", None)
    content = {k: v for k, v in e.items() if k not in ("id", "etag", "created", "modified")}
    e["digest"] = digest(json.dumps(content, sort_keys=True))
    return e


def changed(e, **over):
    """The same event after somebody edited it in Outlook."""
    e = copy.deepcopy(e)
    e.update({"etag": 'W/"2"', "modified": "2026-11-21T08:00:00Z"})
    e.update(over)
    return seal(e)


def who(e, also=()):
    """What match knows about the addresses.  also: users who are contacts too,
    as {"bob": "Our Personnel"}."""
    also = dict(also)
    out = []
    addresses = [e["organizer"]] if e["organizer"] else []
    for a in addresses + e["attendees"]:
        key = next((k for k, v in ADDRESS.items() if v == a["address"]), None)
        if key in USERS:
            user, account, synced = USERS[key]
            out.append({"address": a["address"], "user": user, "account": account,
                        "synced": synced})
        if key in CONTACTS or key in also:
            number, kind, private = CONTACTS.get(key, ("2" + key, also.get(key), False))
            out.append({"address": a["address"], "person": "contact", "id": number,
                        "name": name(key) + " (CRM)", "type": kind, "private": private})
    return out


RESPONSE = {"organizer": "accepted", "tentativelyAccepted": "accepted",
            "accepted": "accepted", "declined": "declined"}
SHOW_AS = {"busy": "busy", "oof": "oof", "workingElsewhere": "oof"}


def crm_person(p, known):
    entry = [k for k in known if k["address"] == p["address"]]
    if not entry:
        return None
    k = entry[0]
    kind, number = ("user", k["user"]) if "user" in k else (k["person"], k["id"])
    return {"address": p["address"], "name": p["name"], "role": p["role"],
            "response": RESPONSE.get(p["response"], "none"), "person": kind, "id": number}


def crm_people(e, known):
    """The relations of an event that Ann owns: the organizer, unless it is she."""
    organizer = {**e["organizer"], "role": "required", "response": "organizer"}
    people = [crm_person(p, known) for p in [organizer] + e["attendees"]]
    owner = crm_person(organizer, known)
    if owner and owner["person"] == "user" and owner["id"] == "1":
        people = people[1:]
    return [p for p in people if p]


def crm_state(e, known, **over):
    """What the CRM shows after the event came in, under the default policy but
    for description.mode=always."""
    series = e["series"]
    state = {
        "crm_id": "101", "uid": e["uid"], "owner": "1",
        "subject": e["subject"] or "(no subject)", "body": e["body"], "start": e["start"],
        "end": e["end"], "zone": e["zone"], "all_day": e["all_day"],
        "location": e["location"], "show_as": SHOW_AS.get(e["show_as"], "free"),
        "sensitivity": "normal" if e["sensitivity"] == "normal" else "private",
        "reminder": e["reminder"], "online": e["online"],
        "recurrence": e["recurrence"], "recurrence_text": e["recurrence_text"],
        "series": None if series["kind"] == "single" else
        {"kind": series["kind"], "master": e["uid"],
         "original_date": series["original_date"]},
        "event_type": "meeting", "kind": "appointment", "sync_status": "active",
        "send_invites": True, "origin": "sync", "cancelled": False, "deleted": False,
        "categories": [], "created": "2026-11-02T08:00:00Z",
        "modified": "2026-11-02T08:00:00Z",
        "attendees": crm_people(e, known), "rooms": [],
    }
    state.update(over)
    return state


def crm_base(state):
    out = {k: v for k, v in state.items() if k not in (
        "crm_id", "owner", "created", "modified", "deleted", "origin", "sync_status")}
    out["body_digest"] = digest(out.pop("body") or "")
    return out


EXCHANGED = ["subject", "body_digest", "start", "end", "zone", "all_day", "location",
             "show_as", "sensitivity", "reminder", "online", "recurrence",
             "recurrence_text", "series"]


def graph_base(e, known, account, over):
    """base.graph as reconcile writes it (reconcile/base.h)."""
    out = {f: digest(e["body"]) if f == "body_digest" else e[f] for f in EXCHANGED}
    out["attendees"] = e["attendees"]
    out["categories"] = e["categories"]
    people = sorted(crm_people(e, known), key=lambda p: p["name"])
    out["relations"] = [{k: p[k] for k in ("person", "id", "role", "response")}
                        for p in people]
    out["account"] = account
    out["digest"] = e["digest"]
    out.update(over)
    return {k: v for k, v in out.items() if v != "absent"}


def link(e, account=1, **over):
    out = {
        "meeting": 12, "state": "active", "version": 3, "crm_id": "101", "owner": "1",
        "owner_account": 1, "slot": "", "born": "graph", "deciding": True,
        "made_in_run": False,
        "copies": [{"account": account, "id": e["id"],
                    "role": "organizer" if e["is_organizer"] else "attendee",
                    "state": "present"}],
    }
    out.update(over)
    return out


def candidate(e, also=(), known=None, **over):
    """An event that is not linked."""
    out = {"type": "candidate", "id": e["id"], "event": e, "link": None, "base": None,
           "crm": None, "crm_digest": None,
           "who": who(e, also) if known is None else known, "rooms": [], "seen": None}
    out.update(over)
    if "again" in over:  # stands in front in match's records
        out = {"type": out.pop("type"), "id": out.pop("id"), "again": out.pop("again"), **out}
    return out


def linked(before, after=None, crm=None, state=None, base=None, base_crm=None, account=1,
           also=(), **over):
    """An event that came in as `before`; Graph has `after` now.  crm: what people
    changed in the CRM; state, base, base_crm: changes of the link and of the bases."""
    after = before if after is None else after
    known = who(before, also)
    was = crm_state(before, known)
    was.update(base_crm or {})
    now = {**was, **(crm or {})}
    out = candidate(after, also)
    out["link"] = link(before, account, **(state or {}))
    out["base"] = {"graph": graph_base(before, known, account, base or {}),
                   "crm": crm_base(was)}
    out["crm"] = now
    out["crm_digest"] = digest(dumps(now))
    out.update(over)
    return {k: v for k, v in out.items() if v != "absent"}


def removed(before, crm=None, state=None, proof="404", **over):
    """The same link, and the event is gone."""
    out = linked(before, crm=crm, state=state, **over)
    del out["event"]
    out["who"] = []
    return {"type": out.pop("type"), "id": out.pop("id"), "removed": {"proof": proof}, **out}


def run(policy=None, **over):
    out = {"type": "run", "id": "20261121T090000Z-1", "now": NOW, "schema": 1,
           "tzdata": "2026b", "policy": policy or {}, "policy_origin": {},
           "domains": ["firm.test"], "connections": [], "spent": {}}
    out.update(over)
    return out


def mailbox(who="ann", policy=None, **over):
    user, account, _ = USERS[who]
    out = {"type": "mailbox", "mailbox": ADDRESS[who], "account": account, "user": user,
           "graph_user": "5c7f-" + who, "connection": 1, "zone": "Europe/Berlin",
           "since": "2026-03-01T00:00:00Z", "policy": policy or {},
           "policy_digest": digest("policy"), "first": False,
           "window": {"start": "2026-10-22T00:00:00Z", "end": "2027-11-22T00:00:00Z"},
           "calendar": "", "cursor": None}
    out.update(over)
    return out


def stream(sections, policy=None, run_over=None):
    """sections: [(mailbox record, [records], members of mailbox.end)]."""
    lines = [run(policy, **(run_over or {}))]
    count = 0
    for box, records, end in sections:
        lines.append(box)
        lines += records
        lines.append({"type": "mailbox.end", "mailbox": box["mailbox"],
                      "records": len(records), "complete": True, **end})
        count += len(records)
    lines.append({"type": "end", "from": "match", "sections": len(sections),
                  "records": count})
    return lines
