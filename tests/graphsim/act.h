/*
 * act: what a person does in Outlook, or an administrator in the tenant.
 */
#ifndef GRAPHSIM_ACT_H
#define GRAPHSIM_ACT_H

#include "http.h"

/* {"as":"ann@firm.test","do":"update","event":"key",...}; see README.md. */
struct reply *act_serve(json_t *act);

#endif
