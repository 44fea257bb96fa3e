/* cli/commands.c — the subcommands that work on the directory itself, which they hold meanwhile. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command.h"
#include "registry/exchange.h"
#include "server/serve.h"
#include "sys/files.h"
#include "text/yaml.h"

/* An exchange's directory, held. */
struct house {
	struct exchange_config config;
	struct store *store;
	int lock;
};

static bool path_in(const char *directory, const char *name, char out[PATH_MAX],
		    struct complaints *complaints)
{
	int len = snprintf(out, PATH_MAX, "%s/%s", directory, name);

	if (len > 0 && len < PATH_MAX)
		return true;
	complain(complaints, false, "%s: the path is too long", directory);
	return false;
}

static bool config_read(const char *directory, struct exchange_config *out,
			struct complaints *complaints)
{
	struct heap heap = heap_libc();
	char path[PATH_MAX];
	struct octets text;

	if (!path_in(directory, "exchange.yaml", path, complaints))
		return false;
	struct fault fault = file_read(&heap, path, YAML_OCTETS_MAX, &text);
	if (failed(fault)) {
		complain(complaints, false, "%s: %s; plenum init makes an exchange", path,
			 fault.kind == FAULT_SYSTEM ? strerror(fault.code) : "too large");
		return false;
	}
	bool ok = exchange_read(path, text, out, complaints);
	file_free(&heap, text);
	return ok;
}

static bool lock_take(const char *directory, int *lock, struct complaints *complaints)
{
	char path[PATH_MAX];

	if (!path_in(directory, "lock", path, complaints))
		return false;
	struct fault fault = file_lock(path, lock);
	if (fault.kind == FAULT_CONFLICT)
		complain(complaints, false, "%s: another plenum is at work there", directory);
	else if (failed(fault))
		complain(complaints, false, "%s: %s", path, strerror(fault.code));
	return !failed(fault);
}

static bool store_take(const char *directory, bool create, struct store **out,
		       struct complaints *complaints)
{
	char path[PATH_MAX];
	char error[256] = "out of memory";

	if (!path_in(directory, "exchange.db", path, complaints))
		return false;
	if (!failed(store_open(path, create, registry_migrations, registry_migration_count, out,
			       error)))
		return true;
	complain(complaints, false, "%s", error);
	return false;
}

static bool house_open(const char *directory, struct house *house, struct complaints *complaints)
{
	*house = (struct house){ .lock = -1 };
	if (!config_read(directory, &house->config, complaints) ||
	    !lock_take(directory, &house->lock, complaints))
		return false;
	if (store_take(directory, false, &house->store, complaints))
		return true;
	file_unlock(house->lock);
	return false;
}

static void house_close(struct house *house)
{
	store_close(house->store);
	file_unlock(house->lock);
}

/* --- init ---------------------------------------------------------------------------------------
 * */

static void take_each(struct arguments *arguments, const char *name, struct exchange_config *config,
		      bool (*take)(struct exchange_config *, const char *), const char *expects,
		      struct complaints *complaints)
{
	int from = 0;
	bool any = false;

	for (const char *text; (text = arguments_next(arguments, name, &from)) != NULL;
	     any = true) {
		if (!take(config, text))
			complain(complaints, false, "--%s \"%s\" is not %s", name, text, expects);
	}
	if (!any)
		complain(complaints, false, "--%s is missing", name);
}

static bool init_write(const char *directory, const struct exchange_config *config,
		       struct complaints *complaints)
{
	char text[EXCHANGE_TEXT_MAX];
	char path[PATH_MAX];
	struct store *store = NULL;
	int lock = -1;
	bool made = false;

	if (!exchange_print(config, text) || !path_in(directory, "exchange.yaml", path, complaints))
		return false;
	if (mkdir(directory, 0755) != 0 && errno != EEXIST) {
		complain(complaints, false, "%s: %s", directory, strerror(errno));
		return false;
	}
	if (!lock_take(directory, &lock, complaints))
		return false;
	/* The configuration is written last: with it the exchange is there, without it there is
	 * none. */
	if (access(path, F_OK) == 0) {
		complain(complaints, false, "%s: there is an exchange already", path);
	} else if (store_take(directory, true, &store, complaints)) {
		struct fault fault = file_write(path, octets_of_text(text));
		made = !failed(fault);
		if (!made)
			complain(complaints, false, "%s: %s", path, strerror(fault.code));
	}
	store_close(store);
	file_unlock(lock);
	return made;
}

enum exit_code command_init(struct arguments *arguments, struct complaints *complaints)
{
	struct exchange_config config = { 0 };

	take_each(arguments, "name", &config, exchange_take_name, "a name", complaints);
	take_each(arguments, "asn", &config, exchange_take_asn, "an AS number", complaints);
	take_each(arguments, "router-id", &config, exchange_take_router_id, "an IPv4 address",
		  complaints);
	take_each(arguments, "listen", &config, exchange_take_listen, "an address or address:port",
		  complaints);
	take_each(arguments, "lan", &config, exchange_take_lan, "a prefix without host bits",
		  complaints);
	arguments_finish(arguments, complaints);
	if (complaints->error_count != 0 || !init_write(arguments->directory, &config, complaints))
		return EXIT_COULD_NOT;
	printf("%s: %s (AS%u) is ready; add members with plenum member add, then plenum serve\n",
	       arguments->directory, config.exchange.name, config.exchange.asn);
	return EXIT_DONE;
}

/* --- member -------------------------------------------------------------------------------------
 * */

static bool yes_or_no(struct arguments *arguments, const char *name, struct complaints *complaints)
{
	const char *text = arguments_one(arguments, name);

	if (text != NULL && strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
		complain(complaints, false, "--%s takes yes or no, not \"%s\"", name, text);
	return text != NULL && strcmp(text, "yes") == 0;
}

static uint32_t number(struct arguments *arguments, const char *name, struct complaints *complaints)
{
	const char *text = arguments_one(arguments, name);
	uint32_t value = 0;

	if (text != NULL && !yaml_u32(text, 100000000, &value))
		complain(complaints, false, "--%s \"%s\" is not a number up to 100000000", name,
			 text);
	return value;
}

static void text_take(const char *what, const char *text, char *out, size_t room,
		      struct complaints *complaints)
{
	if (strlen(text) >= room)
		complain(complaints, false, "%s is longer than %zu octets", what, room - 1);
	else
		(void)snprintf(out, room, "%s", text);
}

static void member_read(struct arguments *arguments, struct registry_member *out,
			struct complaints *complaints)
{
	const char *macro = arguments_one(arguments, "as-macro");
	const char *password = arguments_one(arguments, "password");
	int from = 0;

	*out = (struct registry_member){ 0 };
	if (arguments->word_count != 3)
		complain(complaints, false, "member add takes an AS number and a name");
	else if (!exchange_asn_parse(arguments->words[1], &out->asn))
		complain(complaints, false, "\"%s\" is not an AS number", arguments->words[1]);
	if (arguments->word_count == 3)
		text_take("the name", arguments->words[2], out->name, sizeof out->name, complaints);
	for (const char *text; (text = arguments_next(arguments, "ip", &from)) != NULL;) {
		if (out->address_count == REGISTRY_ADDRESSES_MAX)
			complain(complaints, false, "more than %u addresses",
				 REGISTRY_ADDRESSES_MAX);
		else if (!address_parse(text, &out->address[out->address_count++]))
			complain(complaints, false, "--ip \"%s\" is not an address", text);
	}
	if (macro != NULL)
		text_take("--as-macro", macro, out->as_macro, sizeof out->as_macro, complaints);
	if (password != NULL)
		text_take("--password", password, out->password, sizeof out->password, complaints);
	out->routes_max[FAMILY_IPV4] = number(arguments, "max-prefix4", complaints);
	out->routes_max[FAMILY_IPV6] = number(arguments, "max-prefix6", complaints);
	out->takes_blackhole = yes_or_no(arguments, "blackhole", complaints);
	out->is_active = yes_or_no(arguments, "active", complaints);
	out->add_path = yes_or_no(arguments, "add-path", complaints);
	out->gtsm = yes_or_no(arguments, "gtsm", complaints);
	arguments_finish(arguments, complaints);
}

static enum exit_code member_add(struct house *house, struct arguments *arguments,
				 struct complaints *complaints)
{
	struct registry_member member;

	member_read(arguments, &member, complaints);
	if (complaints->error_count != 0 ||
	    failed(registry_member_add(house->store, &house->config.exchange, &member, complaints)))
		return EXIT_COULD_NOT;
	printf("AS%u %s: added with %u address%s\n", member.asn, member.name, member.address_count,
	       member.address_count == 1 ? "" : "es");
	return EXIT_DONE;
}

static enum exit_code member_remove(struct house *house, struct arguments *arguments,
				    struct complaints *complaints)
{
	uint32_t asn = 0;

	arguments_finish(arguments, complaints);
	if (arguments->word_count != 2 || !exchange_asn_parse(arguments->words[1], &asn))
		complain(complaints, false, "member remove takes an AS number");
	if (complaints->error_count != 0 ||
	    failed(registry_member_remove(house->store, asn, complaints)))
		return EXIT_COULD_NOT;
	printf("AS%u: removed\n", asn);
	return EXIT_DONE;
}

static bool member_print(void *context, const struct registry_member *member)
{
	(void)context;
	for (uint32_t i = 0; i < member->address_count; i++) {
		char text[ADDRESS_TEXT_MAX];
		address_print(&member->address[i], text);
		printf("AS%-10u %-39s %-9s %s\n", member->asn, text,
		       member->password[0] != '\0' ? "MD5" : "-", member->name);
	}
	return true;
}

static enum exit_code member_list(struct house *house, struct arguments *arguments,
				  struct complaints *complaints)
{
	arguments_finish(arguments, complaints);
	printf("%-12s %-39s %-9s %s\n", "MEMBER", "ADDRESS", "PASSWORD", "NAME");
	return failed(registry_walk(house->store, member_print, NULL)) ? EXIT_COULD_NOT : EXIT_DONE;
}

enum exit_code command_member(struct arguments *arguments, struct complaints *complaints)
{
	const char *verb = arguments->word_count > 0 ? arguments->words[0] : "";
	enum exit_code code = EXIT_COULD_NOT;
	struct house house;

	if (!house_open(arguments->directory, &house, complaints))
		return EXIT_COULD_NOT;
	if (strcmp(verb, "add") == 0)
		code = member_add(&house, arguments, complaints);
	else if (strcmp(verb, "remove") == 0)
		code = member_remove(&house, arguments, complaints);
	else if (strcmp(verb, "list") == 0)
		code = member_list(&house, arguments, complaints);
	else
		complain(complaints, false, "plenum member takes add, list or remove");
	house_close(&house);
	return code;
}

/* --- check and serve ----------------------------------------------------------------------------
 * */

struct checking {
	const struct registry_exchange *exchange;
	struct complaints *complaints;
};

static bool member_check(void *context, const struct registry_member *member)
{
	const struct checking *checking = context;

	registry_member_check(checking->exchange, member, checking->complaints);
	return true;
}

enum exit_code command_check(struct arguments *arguments, struct complaints *complaints)
{
	struct house house;

	arguments_finish(arguments, complaints);
	if (!house_open(arguments->directory, &house, complaints))
		return EXIT_COULD_NOT;
	struct checking checking = { &house.config.exchange, complaints };
	bool read = !failed(registry_walk(house.store, member_check, &checking));
	house_close(&house);
	if (!read)
		return EXIT_COULD_NOT;
	if (complaints->count == 0)
		printf("nothing is wrong\n");
	return complaints->count != 0 ? EXIT_FOUND : EXIT_DONE;
}

enum exit_code command_serve(struct arguments *arguments, struct complaints *complaints)
{
	struct house house;

	arguments_finish(arguments, complaints);
	if (complaints->error_count != 0 || !house_open(arguments->directory, &house, complaints))
		return EXIT_COULD_NOT;
	bool served = serve(house.store, &house.config, complaints);
	house_close(&house);
	return served ? EXIT_DONE : EXIT_COULD_NOT;
}
