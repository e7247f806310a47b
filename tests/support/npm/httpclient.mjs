// SPDX-License-Identifier: Apache-2.0
// Drives ts-rmb-http-client, which also verifies the answers: {"proxy","graphql","twin","mnemonic",
// "type"}, then calls {"id","command","payload","to"}.
import { load, options, serve } from './common.mjs';

const { HTTPMessageBusClient } = load('ts-rmb-http-client');
const client = new HTTPMessageBusClient(options.twin, options.proxy, options.graphql,
  options.mnemonic, options.type, true);
await serve(async ({ command, payload = '', to, seconds = 10 }) => {
  const message = client.prepare(command, [to], seconds, 1);
  const [reply] = await client.read(await client.send(message, payload));
  return reply;
});
