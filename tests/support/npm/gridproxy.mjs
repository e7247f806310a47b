// SPDX-License-Identifier: Apache-2.0
// What clients ask besides chain and relay: the grid proxy's door to a node's direct transport, its
// version, and the few GraphQL questions the packages have. Options: {"twins": file, "node":
// "address:port"}; the file also holds {"nodes":[{"id","twin"}]}.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { options, tell } from './common.mjs';

const known = () => JSON.parse(readFileSync(options.twins));

async function bodyOf(message) {
  const parts = [];
  for await (const part of message)
    parts.push(part);
  return Buffer.concat(parts);
}

function graphql(text) {
  const { query, variables = {} } = JSON.parse(text);
  if (query.includes('twins('))
    return { twins: known().twins.filter(({ id }) => id === variables.twinId)
      .map(({ account }) => ({ accountID: account })) };
  if (query.includes('nodes('))
    return { nodes: known().nodes.filter(({ id }) => id === variables.nodeId)
      .map(({ twin }) => ({ twinID: twin })) };
  return { __typename: 'Query' };
}

function ask(path, body) {
  return new Promise((resolve, reject) => {
    const [host, port] = options.node.split(':');
    const request = http.request({ host, port, path, method: 'POST',
      headers: { 'Content-Length': body.length } }, async (answer) =>
      resolve({ status: answer.statusCode, body: await bodyOf(answer) }));
    request.on('error', reject);
    request.end(body);
  });
}

async function answer(method, path, body) {
  const json = (document) => ({ status: 200, body: JSON.stringify(document) });
  if (method === 'GET' && path.endsWith('/version'))
    return json({ version: 'test' });
  if (method === 'POST' && path === '/graphql')
    return json({ data: graphql(body) });
  const [, twin, queue] = /^\/twin\/(\d+)(?:\/([^/]+))?$/.exec(path) ?? [];
  if (method !== 'POST' || !twin)
    return { status: 404, body: '{}' };
  return queue ? ask('/zbus-result', Buffer.from(JSON.stringify({ retqueue: queue })))
    : ask('/zbus-cmd', body);
}

const server = http.createServer(async (request, response) => {
  let result;
  try {
    result = await answer(request.method, request.url, await bodyOf(request));
  } catch (error) {
    result = { status: 502, body: JSON.stringify({ message: String(error) }) };
  }
  response.writeHead(result.status, { 'Content-Type': 'application/json' });
  response.end(result.body);
});
server.listen(0, '127.0.0.1', () => tell({ ready: true, port: server.address().port }));
process.stdin.on('end', () => process.exit(0)).resume();
