"""world_out: what the way out adds to the world: CRM events that Graph does not
have, what match tells about the CRM's people, and policies that go out.
"""
from world import ADDRESS, CONTACTS, USERS, crm_state, digest, dumps, event, linked, name, who

BOTH = {"direction.events": "both", "private.mode": "full", "internal.mode": "sync",
        "description.mode": "always"}
OUT = {**BOTH, "mail.allow": "all", "attendees.to_graph": "all"}


def relation(key, address=None):
    """As match gives them: with the address that goes out."""
    address = ADDRESS[key] if address is None else address
    if key in USERS:
        user, account, synced = USERS[key]
        return {"person": "user", "id": user, "address": address or None, "account": account,
                "synced": synced}
    number, kind, private = CONTACTS[key]
    return {"person": "contact", "id": number, "address": address or None,
            "name": name(key) + " Li", "type": kind, "private": private}


def member(key):
    """As the CRM's event has them."""
    kind = "user" if key in USERS else "contact"
    number = USERS[key][0] if key in USERS else CONTACTS[key][0]
    return {"address": ADDRESS[key], "name": name(key), "role": "required",
            "response": "none", "person": kind, "id": number}


def unknown(address, **over):
    """Somebody whom the CRM has no record of."""
    return {"address": address, "name": "Guest", "role": "required", "response": "none",
            "person": None, "id": None, **over}


def pitch(*people, **over):
    """An event that Ann made in the CRM."""
    e = event(subject="Pitch", body="prep")
    state = crm_state(e, who(e), crm_id="102", uid=None, zone="UTC", sync_status="never",
                      origin="ui", created="2026-11-20T08:00:00Z",
                      modified="2026-11-21T08:00:00Z",
                      attendees=[member(p) for p in people])
    state.update(over)
    return {k: v for k, v in state.items() if v != "absent"}


def made(state, **over):
    """Its candidate."""
    people = ["ann"] + [k for k in (*USERS, *CONTACTS)
                        if any(p["address"] == ADDRESS[k] for p in (state or {}).get("attendees", []))]
    out = {"type": "candidate", "side": "crm", "id": None, "crm_id": (state or {}).get("crm_id", "102"),
           "changes": [14], "event": None, "link": None, "base": None, "crm": state,
           "crm_digest": digest(dumps(state)) if state else None,
           "relations": [relation(p) for p in dict.fromkeys(people)],
           "owner_account": 1, "syncing": [1, 2]}
    out.update(over)
    return {k: v for k, v in out.items() if v != "absent"}


def edited(before, after=None, crm=None, **over):
    """A linked event that somebody changed in the CRM."""
    out = linked(before, after, crm=crm, **over)
    keys = [k for k in (*USERS, *CONTACTS) if k != "yan2"]
    out.setdefault("changes", [12])
    out.setdefault("relations", [relation(k) for k in keys])
    return out
