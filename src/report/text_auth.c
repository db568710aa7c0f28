/* An AUTH exchange in a line: how it went, by which mechanism, who, and what lay open. */
#include "event/auth_result.h"
#include "report/dataset.h"
#include "report/names.h"
#include "report/text.h"
#include "report/text_parts.h"

#define WIDTH_RESULT    11
#define WIDTH_MECHANISM 13 /* SCRAM-SHA-256; most are shorter */

static void user(struct line *line, const struct helo_auth *auth)
{
    if (auth->user_name.len > 0)
        text_user(line, auth->user_name);
    else
        line_string(line, "no name seen");
    if (auth->user_domain.len > 0) {
        line_string(line, " of ");
        text_user(line, auth->user_domain);
    }
    if (auth->authzid.len > 0) {
        line_string(line, " as ");
        text_user(line, auth->authzid);
    }
}

static void openness(struct line *line, const struct helo_auth *auth, bool colour)
{
    line_string(line, auth->tls ? "  TLS" : "  CLEAR");
    if (auth->secret_exposed) {
        line_string(line, ", ");
        text_result(line, "secret exposed", HELO_OUTCOME_FAILURE, colour);
    }
    if (auth->secret.len > 0) {
        line_string(line, "  secret ");
        text_field(line, auth->secret, TEXT_NAME_COLUMNS);
    }
}

void text_auth(struct line *line, const struct helo_event *event, bool colour)
{
    const struct helo_auth *auth = event->of.auth;

    text_tint(line, dataset_of(HELO_DATASET_AUTH)->span(event).outcome, colour);
    size_t from = line->len;
    line_string(line, auth_result_name(auth->result));
    text_pad(line, from, WIDTH_RESULT);
    text_untint(line, colour);
    line_string(line, "  ");
    from = line->len;
    if (auth->mechanism.len > 0)
        text_field(line, auth->mechanism, TEXT_NAME_COLUMNS);
    else
        line_char(line, '?');
    text_pad(line, from, WIDTH_MECHANISM);
    line_string(line, "  ");
    user(line, auth);
    if (auth->rounds > 0) {
        line_string(line, "  ");
        text_count(line, auth->rounds, auth->rounds == 1 ? " round" : " rounds");
    }
    openness(line, auth, colour);
    if (auth->result != HELO_AUTH_SUCCESS && auth->reply.code != 0) {
        line_string(line, "  ");
        text_reply(line, &auth->reply, colour);
    }
}
