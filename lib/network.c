#include <stdlib.h>

#include "exits.h"
#include "instant.h"
#include "log.h"
#include "network.h"

struct network network = {
	.concurrency = 32,
	.timeout_s = 90,
	.patience_s = 300,
	.backoff_ms = 1000,
};

void
network_check(int64_t deadline_s)
{
	struct network *n = &network;

	if (n->concurrency < 1 || n->concurrency > 256)
		die(EXIT_USAGE, NULL, "--concurrency takes 1 to 256");
	if (n->timeout_s < 1 || n->timeout_s > 3600 || n->patience_s > 86400 ||
	    deadline_s > 86400 || n->backoff_ms < 1 || n->backoff_ms > 60000)
		die(EXIT_USAGE, NULL, "a time is out of range");
	if (n->ca_file == NULL)
		n->ca_file = getenv("CALSYNC_CA_FILE");
	if (n->ca_file != NULL && n->ca_file[0] == '\0')
		n->ca_file = NULL;
}

struct http_options
network_http(void)
{
	return (struct http_options){
		.ca_file = network.ca_file,
		.proxy = network.proxy,
		.plain_loopback = network.insecure,
		.http1 = network.http1,
		.connections = (unsigned)network.concurrency,
		.connect_us = 15 * SECOND_US,
		.stall_us = network.timeout_s * SECOND_US / 2,
	};
}

struct graph_options
network_graph(int64_t deadline)
{
	return (struct graph_options){
		.http = network_http(),
		.concurrency = (unsigned)network.concurrency,
		.timeout_us = network.timeout_s * SECOND_US,
		.patience_us = network.patience_s * SECOND_US,
		.backoff_us = network.backoff_ms * 1000,
		.deadline = deadline,
	};
}
