// SPDX-License-Identifier: Apache-2.0
// Drives @threefold/rmb_direct_client: {"chain","relay","mnemonic","session","type"}, then calls
// {"id","command","payload","to"}, answered {"result", "payload": "cipher" or "plain"}, or {"id",
// "ping"}, answered when the relay's pong is there.
import { load, options, serve } from './common.mjs';

const { Client } = load('@threefold/rmb_direct_client');
const client = new Client(options.chain, options.relay, options.mnemonic, options.session,
  options.type, 2);

let payload;
const remember = client.responses.set.bind(client.responses);
client.responses.set = (uid, envelope) => {
  if (envelope.response)
    payload = envelope.cipher.length > 0 ? 'cipher' : 'plain';
  return remember(uid, envelope);
};

await client.connect();
await serve(async (question) => {
  if (question.ping)
    return { result: Boolean(await client.read(await client.ping())) };
  const id = await client.send(question.command, question.payload, question.to, 1, 1);
  return { result: await client.read(id), payload };
});
