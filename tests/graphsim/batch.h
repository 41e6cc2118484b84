/*
 * batch: POST /v1.0/$batch, up to twenty requests in one.
 */
#ifndef GRAPHSIM_BATCH_H
#define GRAPHSIM_BATCH_H

#include "http.h"

struct reply *batch_serve(struct request *r);

#endif
