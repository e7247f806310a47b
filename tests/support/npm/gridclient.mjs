// SPDX-License-Identifier: Apache-2.0
// Drives @threefold/grid_client: {"chain","relay","proxy","graphql","mnemonic","type"}, then
//   {"id","module","method","options"}      one of its own calls
//   {"id","command","payload","to"}         a call of the message bus
//   {"id","disk","gigabytes"}               makes and signs a deployment with one disk: its hash
//   {"id","deploy","to"}                    sends that with the contract id given
import { load, options, serve } from './common.mjs';

const { GridClient, RMB, DeploymentFactory, DiskPrimitive } = load('@threefold/grid_client');
const grid = new GridClient({
  network: 'dev', mnemonic: options.mnemonic, storeSecret: 'test', keypairType: options.type,
  substrateURL: options.chain, relayURL: options.relay, proxyURL: options.proxy,
  graphqlURL: options.graphql, activationURL: `${options.proxy}/activation`,
});
await grid.connect();
const bus = new RMB(grid.rmbClient);
let deployment;

await serve(async (question) => {
  if (question.module)
    return grid[question.module][question.method](question.options);
  if (question.command)
    return bus.request([question.to], question.command, question.payload ?? '');
  if (question.disk) {
    const disk = new DiskPrimitive().create(question.gigabytes, question.disk);
    deployment = new DeploymentFactory(grid.config).create([disk], 0);
    await deployment.sign(grid.twinId, options.mnemonic, options.type);
    return deployment.challenge_hash();
  }
  deployment.contract_id = question.deploy;
  return bus.request([question.to], 'zos.deployment.deploy', JSON.stringify(deployment));
});
