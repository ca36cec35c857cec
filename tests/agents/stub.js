/*
 * stub - a model on loopback that speaks as the services of six CLIs do
 *
 *	node stub.js LOG	prints its port; runs until it is killed
 *
 * The first part of a path is what becomes of the request:
 *
 *	/ok/..		the model writes made.txt into the work tree with a tool of the CLI,
 *			then says that it is done
 *	/read/..	the same
 *	/file/..	it writes made.txt, then its answer into the answer file, and says so
 *	/resume/..	it says first that it wants to go on, and is done when it was resumed
 *	/limit/..	429, with the time when the limit ends where the service tells one
 *	/throttle/..	429, without it
 *	/overloaded/..	503, or 529 where the service says so
 *	/auth/..	401
 *	/context/..	the prompt is too long for the model
 *	/model/..	404: there is no such model
 *	/empty/..	an answer without a word
 *	/cut/..		half an answer: no more tokens are allowed
 *	/drop/..	the connection ends in the middle
 *	/hang/..	the request is taken, and nothing is ever answered
 *
 * What stands behind it tells the protocol: Anthropic Messages, OpenAI Responses, OpenAI
 * chat completions, Gemini generateContent.  Every answer counts 1500 tokens in, 300 of
 * them from a cache, and 34 out.  A line of LOG is a request: the scenario, the protocol,
 * the names of the tools that were offered, and how often the rules of the suite stood in it.
 *
 * A request that has no tool we know of is not the work but some other wish of the CLI (a
 * title, a summary); it is answered with a word.
 */
'use strict';
const fs = require('fs');
const http = require('http');
const path = require('path');

const RESET_S = 3600;			/* a limit ends in an hour */
const RULES = '# How you work here';	/* of share/orch/prompts/system.md */
const TEXT = 'hello\n';
const USAGE = { fresh: 1200, cached: 300, out: 34 };

const answer = (status) => 'As asked.\n\n```json\n' +
	JSON.stringify({ status, summary: `made.txt: ${status}` }) + '\n```\n';

/* How each CLI's tool writes a file.  The first that is offered is used. */
const writers = {
	Write: (file, content) => ({ file_path: file, content }),	/* claude */
	write: (file, content) => ({ filePath: file, content }),	/* opencode */
	write_file: (file, content) => ({ file_path: file, content }),	/* gemini, qwen */
	create: (file, text) => ({ path: file, file_text: text }),	/* copilot */
	exec_command: (file, text) => ({ cmd: `cat >'${file}' <<'END'\n${text}END\n` }),	/* codex */
};

/* ---- what is asked ---- */

/* The prompt names the attempt's folder; work trees lie beside the project, named ID-slug. */
function workTree(text)
{
	const found = /(\/[^\s"\\<>]+)\/\.orch\/runs\/(\d+)\//.exec(text);

	if (!found)
		return '/nowhere';
	const trees = path.join(found[1], '..', 'wt');
	const name = fs.readdirSync(trees).find((d) => d.startsWith(`${found[2]}-`));

	return path.join(trees, name || 'none');
}

/* The prompt of a session that goes on names another file than the one before it did. */
const answerFile = (text) => text.match(/\/[^\s"\\<>]+\/out\/result\.json/g).at(-1);

/* What the model does: { tool, args }, { text }. */
function think(scenario, ask)
{
	const tool = Object.keys(writers).find((n) => ask.tools.includes(n));
	const write = (file, text) => ({ tool, args: writers[tool](file, text) });

	if (ask.tools.length === 0)
		return { text: 'ok' };
	if (scenario === 'empty')
		return { text: '' };
	if (scenario === 'cut')
		return { text: 'This is the first half of', cut: true };
	if (scenario === 'resume' && !ask.text.includes('made.txt: in_progress'))
		return { text: answer('in_progress') };
	if (tool && ask.results === 0)
		return write(path.join(workTree(ask.text), 'made.txt'), TEXT);
	if (tool && ask.results === 1 && scenario === 'file')
		return write(answerFile(ask.text), '{"status":"done","summary":"in the file"}\n');
	return { text: scenario === 'file' ? 'It is in the file.' : answer('done') };
}

/* ---- the protocols ---- */

function sse(res, events)
{
	res.writeHead(200, { 'content-type': 'text/event-stream' });
	for (const [name, data] of events)
		res.write((name ? `event: ${name}\n` : '') +
			`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
	res.end();
}

function json(res, status, body, headers)
{
	res.writeHead(status, { 'content-type': 'application/json', ...headers });
	res.end(JSON.stringify(body));
}

let calls = 0;
const newId = (prefix) => `${prefix}_${process.pid}_${++calls}`;
const resetsAt = () => Math.floor(Date.now() / 1000) + RESET_S;

const messages = {
	path: /\/v1\/messages$/,
	ask: (body) => ({
		tools: (body.tools || []).map((t) => t.name),
		results: body.messages.flatMap((m) => m.content).filter((c) => c.type === 'tool_result').length,
	}),
	say: (res, body, does) => {
		const usage = { input_tokens: USAGE.fresh, cache_read_input_tokens: USAGE.cached,
			cache_creation_input_tokens: 0, output_tokens: USAGE.out };
		const block = does.tool ? { type: 'tool_use', id: newId('toolu'), name: does.tool, input: does.args }
			: { type: 'text', text: does.text };
		const stop_reason = does.tool ? 'tool_use' : does.cut ? 'max_tokens' : 'end_turn';
		const message = { id: newId('msg'), type: 'message', role: 'assistant', model: body.model,
			content: [block], stop_reason, stop_sequence: null, usage };

		if (!body.stream)
			return json(res, 200, message);
		sse(res, [
			['message_start', { type: 'message_start', message: { ...message, content: [], stop_reason: null } }],
			['content_block_start', { type: 'content_block_start', index: 0, content_block:
				does.tool ? { ...block, input: {} } : { type: 'text', text: '' } }],
			['content_block_delta', { type: 'content_block_delta', index: 0, delta: does.tool
				? { type: 'input_json_delta', partial_json: JSON.stringify(does.args) }
				: { type: 'text_delta', text: does.text } }],
			['content_block_stop', { type: 'content_block_stop', index: 0 }],
			['message_delta', { type: 'message_delta', delta: { stop_reason, stop_sequence: null },
				usage: { output_tokens: USAGE.out } }],
			['message_stop', { type: 'message_stop' }],
		]);
	},
	refuse: {
		/* As a subscription is told; with a key of the API there is no such time. */
		limit: (res) => json(res, 429, { type: 'error', error: { type: 'rate_limit_error',
			message: 'This request would exceed your rate limit' } }, {
			'retry-after': RESET_S,
			'anthropic-ratelimit-unified-status': 'rejected',
			'anthropic-ratelimit-unified-reset': resetsAt(),
			'anthropic-ratelimit-unified-representative-claim': 'five_hour' }),
		overloaded: (res) => json(res, 529, { type: 'error', error: { type: 'overloaded_error',
			message: 'Overloaded' } }),
		auth: (res) => json(res, 401, { type: 'error', error: { type: 'authentication_error',
			message: 'invalid x-api-key' } }),
		model: (res) => json(res, 404, { type: 'error', error: { type: 'not_found_error',
			message: 'model: this-one' } }),
		context: (res) => json(res, 400, { type: 'error', error: { type: 'invalid_request_error',
			message: 'prompt is too long: 250000 tokens > 200000 maximum' } }),
	},
};

const openaiErrors = {
	throttle: (res) => json(res, 429, { error: { type: 'rate_limit_exceeded', code: 'rate_limit_exceeded',
		message: 'Rate limit reached for requests' } }),
	limit: (res) => json(res, 429, { error: { type: 'rate_limit_exceeded', code: 'rate_limit_exceeded',
		message: 'Rate limit reached for requests' } }, { 'retry-after': RESET_S }),
	overloaded: (res) => json(res, 503, { error: { type: 'server_error', code: 'server_is_overloaded',
		message: 'The server is overloaded' } }),
	auth: (res) => json(res, 401, { error: { type: 'invalid_request_error', code: 'invalid_api_key',
		message: 'Incorrect API key provided' } }),
	model: (res) => json(res, 404, { error: { type: 'invalid_request_error', code: 'model_not_found',
		message: 'The model `this-one` does not exist or you do not have access to it.' } }),
	context: (res) => json(res, 400, { error: { type: 'invalid_request_error',
		code: 'context_length_exceeded', message: "This model's maximum context length is 128000 " +
		'tokens. However, your messages resulted in 250000 tokens.' } }),
};

const responses = {
	path: /\/responses$/,
	ask: (body) => ({
		tools: (body.tools || []).map((t) => t.name),
		results: body.input.filter((i) => /_call_output$/.test(i.type)).length,
	}),
	say: (res, body, does) => {
		const item = does.tool ? { type: 'function_call', id: newId('fc'), call_id: newId('call'),
			name: does.tool, arguments: JSON.stringify(does.args) }
			: { type: 'message', id: newId('msg'), role: 'assistant', status: 'completed',
				content: [{ type: 'output_text', text: does.text, annotations: [] }] };
		const response = { id: newId('resp'), object: 'response', model: body.model };
		const end = does.cut ? 'incomplete' : 'completed';

		sse(res, [
			['response.created', { type: 'response.created', response: { ...response, status: 'in_progress' } }],
			['response.output_item.added', { type: 'response.output_item.added', output_index: 0, item }],
			['response.output_item.done', { type: 'response.output_item.done', output_index: 0, item }],
			[`response.${end}`, { type: `response.${end}`, response: { ...response,
				status: end, incomplete_details: does.cut ? { reason: 'max_output_tokens' } : null,
				output: [item], usage: {
					input_tokens: USAGE.fresh + USAGE.cached,
					input_tokens_details: { cached_tokens: USAGE.cached },
					output_tokens: USAGE.out, output_tokens_details: { reasoning_tokens: 0 },
					total_tokens: USAGE.fresh + USAGE.cached + USAGE.out } } }],
		]);
	},
	refuse: {
		...openaiErrors,
		limit: (res) => json(res, 429, { error: { type: 'usage_limit_reached', plan_type: 'plus',
			message: 'The usage limit has been reached', resets_at: resetsAt() } }),
		context: (res) => sse(res, [['response.failed', { type: 'response.failed', response: {
			id: newId('resp'), status: 'failed', error: { code: 'context_length_exceeded',
			message: 'Your input exceeds the context window of this model.' } } }]]),
	},
};

const chat = {
	path: /\/chat\/completions$/,
	ask: (body) => ({
		tools: (body.tools || []).map((t) => t.function && t.function.name),
		results: body.messages.filter((m) => m.role === 'tool').length,
	}),
	say: (res, body, does) => {
		const base = { id: newId('chatcmpl'), created: 0, model: body.model };
		const usage = { prompt_tokens: USAGE.fresh + USAGE.cached, completion_tokens: USAGE.out,
			total_tokens: USAGE.fresh + USAGE.cached + USAGE.out,
			prompt_tokens_details: { cached_tokens: USAGE.cached } };
		const message = does.tool ? { role: 'assistant', content: null, tool_calls: [{ index: 0,
			id: newId('call'), type: 'function',
			function: { name: does.tool, arguments: JSON.stringify(does.args) } }] }
			: { role: 'assistant', content: does.text };
		const finish_reason = does.tool ? 'tool_calls' : does.cut ? 'length' : 'stop';
		const chunk = (delta, reason) => ['', { ...base, object: 'chat.completion.chunk',
			choices: [{ index: 0, delta, finish_reason: reason }] }];

		if (!body.stream)
			return json(res, 200, { ...base, object: 'chat.completion', usage,
				choices: [{ index: 0, message, finish_reason }] });
		sse(res, [chunk(message, null), chunk({}, finish_reason),
			['', { ...base, object: 'chat.completion.chunk', choices: [], usage }], ['', '[DONE]']]);
	},
	refuse: openaiErrors,
};

const googleError = (code, status, message, details) => (res) =>
	json(res, code, { error: { code, message, status, details: details || [] } });

const generate = {
	path: /:(stream)?[gG]enerateContent$/,
	ask: (body) => ({
		tools: (body.tools || []).flatMap((t) => (t.functionDeclarations || []).map((f) => f.name)),
		results: body.contents.flatMap((c) => c.parts).filter((p) => p.functionResponse).length,
	}),
	say: (res, body, does, url) => {
		const part = does.tool ? { functionCall: { name: does.tool, args: does.args } } : { text: does.text };
		const reply = { candidates: [{ index: 0, finishReason: does.cut ? 'MAX_TOKENS' : 'STOP',
				content: { role: 'model', parts: [part] } }],
			usageMetadata: { promptTokenCount: USAGE.fresh + USAGE.cached,
				cachedContentTokenCount: USAGE.cached, candidatesTokenCount: USAGE.out,
				totalTokenCount: USAGE.fresh + USAGE.cached + USAGE.out } };

		if (url.pathname.includes(':stream'))
			return sse(res, [['', reply]]);
		json(res, 200, reply);
	},
	refuse: {
		limit: googleError(429, 'RESOURCE_EXHAUSTED', 'Resource has been exhausted (e.g. check quota).',
			[{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${RESET_S}s` }]),
		overloaded: googleError(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'),
		auth: googleError(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.'),
		model: googleError(404, 'NOT_FOUND', 'models/this-one is not found for API version v1beta.'),
		context: googleError(400, 'INVALID_ARGUMENT', 'The input token count (1200000) exceeds the ' +
			'maximum number of tokens allowed (1048576).'),
	},
};

/* ---- the server ---- */

function record(scenario, protocol, ask)
{
	const line = { scenario, protocol, tools: ask.tools, rules: ask.text.split(RULES).length - 1 };

	fs.appendFileSync(process.argv[2], JSON.stringify(line) + '\n');
}

function serve(req, res, text)
{
	const url = new URL(req.url, 'http://127.0.0.1');
	const scenario = url.pathname.split('/')[1];
	const protocol = { messages, responses, chat, generate };
	const name = Object.keys(protocol).find((p) => protocol[p].path.test(url.pathname));

	if (req.method !== 'POST' || !name) {
		fs.appendFileSync(process.argv[2], JSON.stringify({ scenario, other: `${req.method} ${url.pathname}` }) + '\n');
		return json(res, 404, { error: { message: 'not found', type: 'not_found_error' } });
	}
	const body = JSON.parse(text);
	const ask = { ...protocol[name].ask(body), text };

	record(scenario, name, ask);
	if (scenario === 'hang')
		return;
	if (scenario === 'drop')
		return req.socket.destroy();
	if (protocol[name].refuse[scenario])
		return protocol[name].refuse[scenario](res);
	protocol[name].say(res, body, think(scenario, ask), url);
}

const server = http.createServer((req, res) => {
	const parts = [];

	req.on('data', (part) => parts.push(part));
	req.on('end', () => {
		try {
			serve(req, res, Buffer.concat(parts).toString());
		} catch (e) {
			fs.appendFileSync(process.argv[2], JSON.stringify({ error: String(e) }) + '\n');
			json(res, 500, { error: { message: String(e) } });
		}
	});
});
server.requestTimeout = 0;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
