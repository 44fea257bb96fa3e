/* cli/serve.c — init, serve and stop. */
#include <stdio.h>
#include <unistd.h>
#include <string.h>

#include "cli/command.h"
#include "server/house.h"
#include "cli/run.h"
#include "cli/serve_here.h"
#include "registry/verify.h"
#include "server/serve.h"

/* --- init ------------------------------------------------------------------------------------- */

static void take_each(const struct arguments *arguments, const char *name,
		      struct exchange_config *config,
		      bool (*take)(struct exchange_config *, const char *), const char *expects,
		      struct complaints *complaints)
{
	uint32_t from = 0;
	bool any = false;

	for (const char *text; (text = argument_next(arguments, name, &from)) != NULL; any = true) {
		if (!take(config, text))
			complain(complaints, false, "--%s \"%s\" is not %s", name, text, expects);
	}
	if (!any)
		complain(complaints, false, "--%s is missing", name);
}

static void blackhole_take(const struct arguments *arguments, struct exchange_config *config,
			   struct complaints *complaints)
{
	if (argument_given(arguments, "blackhole-next-hop"))
		take_each(arguments, "blackhole-next-hop", config, exchange_take_blackhole_next_hop,
			  "an address, one of each family", complaints);
}

enum exit_code command_init(struct desk *desk, const struct arguments *arguments)
{
	struct exchange_config config = { 0 };
	struct complaints *complaints = desk->complaints;

	take_each(arguments, "name", &config, exchange_take_name, "a name", complaints);
	take_each(arguments, "asn", &config, exchange_take_asn, "an AS number", complaints);
	take_each(arguments, "router-id", &config, exchange_take_router_id, "an IPv4 address",
		  complaints);
	take_each(arguments, "listen", &config, exchange_take_listen, "an address or address:port",
		  complaints);
	take_each(arguments, "lan", &config, exchange_take_lan, "a prefix without host bits",
		  complaints);
	blackhole_take(arguments, &config, complaints);
	if (argument_of(arguments, "database") != NULL &&
	    !exchange_take_database(&config, argument_of(arguments, "database")))
		complain(complaints, false,
			 "--database is no URL such as postgresql://user@host/name");
	config.exchange.is_trial = argument_yes(arguments, "trial");
	if (store_url_has_password(config.database))
		complain(complaints, true,
			 "--database: other users of this machine could read the password in it "
			 "while the command ran; leave it out, and write it into ~/.pgpass or "
			 "exchange.yaml");
	if (complaints->error_count == 0)
		registry_check_config(&config, complaints);
	if (complaints->error_count != 0 || !house_make(desk->directory, &config, complaints))
		return EXIT_COULD_NOT;
	(void)text_put(desk->out,
		       "%s: %s (AS%u) is ready.  Next:\n"
		       "  plenum member add -C %s AS201001 \"Example Net\" --ip ADDRESS\n"
		       "  plenum serve -C %s\n",
		       desk->directory, config.exchange.name, config.exchange.asn, desk->directory,
		       desk->directory);
	return EXIT_DONE;
}

/* --- serve and stop --------------------------------------------------------------------------- */

struct replying {
	struct control_reply reply;
	struct text_gather output;
};

static bool put_output(void *context, const char *octets, size_t len)
{
	const struct replying *replying = context;

	return replying->reply.put(replying->reply.context, CONTROL_OUTPUT,
				   octets_of(octets, (uint32_t)len));
}

static bool put_error(void *context, const char *octets, size_t len)
{
	struct replying *replying = context;

	/* What was said before stands before. */
	return text_gather_end(&replying->output) &&
	       replying->reply.put(replying->reply.context, CONTROL_ERROR,
				   octets_of(octets, (uint32_t)len));
}

static void ask_there(void *context, const char *question, const char *word)
{
	const struct replying *replying = context;
	char text[1024];
	int len = snprintf(text, sizeof text, "%s%c%s", question, '\0', word);

	if (len > 0 && len + 1 < (int)sizeof text)
		(void)replying->reply.put(replying->reply.context, CONTROL_ASK,
					  octets_of(text, (uint32_t)len + 1));
}

static bool put_standard_error(void *context, const char *octets, size_t len)
{
	(void)context;
	return fwrite(octets, 1, len, stderr) == len;
}

/* Small pieces of text go over the socket together. */
uint8_t serve_command_here(void *context, struct serving *serving,
			   const struct control_request *request, struct control_reply reply)
{
	const struct desk *host = context;
	struct replying replying = { .reply = reply };
	struct run run = { .error = { put_error, &replying },
			   .has_colour = request->has_colour,
			   .columns = request->columns,
			   .ask = ask_there,
			   .ask_context = &replying,
			   .attached = request->attached,
			   .serving = serving,
			   .store = host->store,
			   .config = host->config,
			   .directory = host->directory };

	run.out = text_gather_init(&replying.output, (struct text_sink){ put_output, &replying });
	enum exit_code code = run_words(&run, request->words, request->word_count);
	return (uint8_t)(text_gather_end(&replying.output) ? code : EXIT_COULD_NOT);
}

static void ready_tell(void *context)
{
	const struct desk *desk = context;
	uint8_t octet = 1;

	if (desk->ready_fd > 0 && write(desk->ready_fd, &octet, 1) == 1)
		(void)close(desk->ready_fd);
}

int serve_here(const char *directory, uint32_t worker_count, int ready_fd)
{
	static struct complaints complaints;
	static struct confine confine;
	struct house house;
	struct desk desk = { .complaints = &complaints,
			     .directory = directory,
			     .ready_fd = ready_fd };
	bool served = false;

	if (house_confine(directory, NULL, &confine, &complaints) &&
	    house_open(directory, NULL, &house, &complaints)) {
		desk.store = house.store;
		desk.config = &house.config;
		struct serve_options options = { .store = house.store,
						 .confine = &confine,
						 .config = &house.config,
						 .directory = directory,
						 .worker_count = worker_count,
						 .command = serve_command_here,
						 .context = &desk,
						 .ready = ready_tell };
		served = serve(&options, &complaints);
		house_close(&house);
	}
	confine_end(&confine);
	complaints_print(&complaints, (struct text_sink){ put_standard_error, NULL });
	return served ? EXIT_DONE : EXIT_COULD_NOT;
}

enum exit_code command_serve(struct desk *desk, const struct arguments *arguments)
{
	struct serve_options options = { .store = desk->store,
					 .confine = desk->confine,
					 .config = desk->config,
					 .directory = desk->directory,
					 .command = serve_command_here,
					 .context = desk };

	options.worker_count = argument_number(arguments, "workers", 1, SERVING_WORKERS_MAX, 0,
					       desk->complaints);
	if (desk->complaints->error_count != 0 || !serve(&options, desk->complaints))
		return EXIT_COULD_NOT;
	return EXIT_DONE;
}

enum exit_code command_stop(struct desk *desk, const struct arguments *arguments)
{
	serving_stop(desk->serving, argument_yes(arguments, "for-restart"));
	(void)text_put(desk->out, "%s: ending\n", desk->config->exchange.name);
	return EXIT_DONE;
}
