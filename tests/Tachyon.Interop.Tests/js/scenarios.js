'use strict';

// Calls the test services with grpc-js: node scenarios.js PROTO-FILE ADDRESS [CERTIFICATE-FILE]. Prints one line for each scenario, "NAME: ok" with what only the
// test can judge behind it, or "NAME: failed" with the reason.

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const { Service, grpc } = require('./service');

const [protoFile, address, certificate] = process.argv.slice(2);
const MiB = 1024 * 1024;

const credentials = certificate ? grpc.credentials.createSsl(fs.readFileSync(certificate)) : grpc.credentials.createInsecure();
const connect = (name, options) => new Service(name, protoFile, address, options, credentials);
const echo = connect('Echo');
const hold = connect('Hold');
const outcome = connect('Outcome');
const identity = connect('Identity');
const watch = connect('Watch');

let calls = 0;
const newId = () => `js-${process.pid}-${++calls}`;

// Content that the test can work out as well.
function pattern(index, size) {
  const block = Buffer.from(Array.from({ length: 251 }, (_, at) => (at + index) % 251));
  return Buffer.alloc(size, block);
}

const payloads = (count, size) => Array.from({ length: count }, (_, index) => ({ index, data: crypto.randomBytes(size) }));

function assertSame(actual, expected) {
  assert.equal(actual.length, expected.length);
  actual.forEach((payload, at) => {
    assert.equal(payload.index, expected[at].index);
    assert.ok(payload.data.equals(expected[at].data), `message ${at} differs`);
  });
}

function metadata(entries) {
  const result = new grpc.Metadata();
  entries.forEach(([key, value]) => result.add(key, value));
  return result;
}

async function fails(promise, code, details) {
  const error = await promise.then(() => assert.fail('The call succeeded.'), (reason) => reason);
  assert.equal(error.code, code, error.stack);
  if (details !== undefined) {
    assert.equal(error.details, details);
  }

  return error;
}

// Starts a call of the Hold service by each kind of call.
const heldCalls = {
  unary: (...more) => hold.unary('Unary', { index: 1 }, ...more),
  clientStream: (...more) => hold.clientStream('ClientStream', null, ...more),
  serverStream: (...more) => hold.serverStream('ServerStream', { index: 1 }, ...more),
  duplex: (...more) => hold.duplex('Duplex', null, ...more),
};

// What the server knows of a call that runs there, or did; an answer that does not come is a failure.
const asked = async (method, id) => (await watch.unary(method, { call_id: id }, new grpc.Metadata(), { deadline: Date.now() + 20_000 }).done).response;
const started = (id) => asked('Started', id);
const ended = (id) => asked('Ended', id);

async function summary(count, size) {
  const requests = Array.from({ length: count }, (_, index) => ({ index, data: pattern(index, size) }));
  const { response } = await echo.clientStream('Collect', requests).done;
  return `${response.messages} ${response.bytes} ${response.checksum}`;
}

async function expanded(messages, size) {
  const { responses } = await echo.serverStream('Expand', { messages, size }).done;
  const hash = crypto.createHash('sha256');
  responses.forEach((payload, at) => {
    assert.equal(payload.index, at);
    hash.update(payload.data);
  });
  return `${responses.length} ${hash.digest('hex')}`;
}

const scenarios = {
  async who() {
    const { response } = await identity.unary('Who', {}).done;
    const caller = response.peer_process_id === process.pid ? 'this process' : `process ${response.peer_process_id}`;
    return `${response.shared_memory ? 'shared memory' : 'socket'}, ${response.http_protocol}, ${caller}`;
  },

  async unary() {
    const [request] = payloads(1, 1000);
    const { response } = await echo.unary('Unary', request).done;
    assertSame([response], [request]);
  },

  'client-stream': () => summary(12, 1000),

  'server-stream': () => expanded(12, 1000),

  // Each message waits for the answer to the one before.
  async duplex() {
    const requests = payloads(50, 1000);
    const conversation = echo.duplex('Duplex', null);
    const answers = conversation.call[Symbol.asyncIterator]();
    for (const request of requests) {
      conversation.call.write(request);
      assertSame([(await answers.next()).value], [request]);
    }

    conversation.call.end();
    assert.equal((await answers.next()).done, true);
    await conversation.done;
  },

  async 'empty-message'() {
    const { response } = await echo.unary('Unary', {}).done;
    assert.deepEqual([response.index, response.data.length], [0, 0]);
  },

  async 'unary-4MiB'() {
    const [request] = payloads(1, 4 * MiB);
    const { response } = await echo.unary('Unary', request).done;
    assertSame([response], [request]);
  },

  'client-stream-4MiB': () => summary(3, 4 * MiB),

  'server-stream-4MiB': () => expanded(3, 4 * MiB),

  async 'duplex-4MiB'() {
    const requests = payloads(3, 4 * MiB);
    const { responses } = await echo.duplex('Duplex', requests).done;
    assertSame(responses, requests);
  },

  // Request headers come back as response headers and as trailers, text, repeated and binary, in calls with one response and with many.
  async metadata() {
    const binary = crypto.randomBytes(300);
    const sent = metadata([
      ['echo-header-text', 'one'], ['echo-header-list', 'a'], ['echo-header-list', 'b'], ['echo-header-bytes-bin', binary],
      ['echo-trailer-text', 'two words'], ['echo-trailer-bytes-bin', binary],
    ]);
    const results = [
      await echo.unary('Unary', { index: 1 }, sent).done,
      await echo.clientStream('Collect', payloads(2, 10), sent).done,
      await echo.serverStream('Expand', { messages: 2, size: 10 }, sent).done,
      await echo.duplex('Duplex', payloads(2, 10), sent).done,
    ];
    for (const { headers, trailers } of results) {
      assert.deepEqual(headers.get('echo-header-text'), ['one']);
      assert.equal(headers.get('echo-header-list').join().replaceAll(' ', ''), 'a,b');
      assert.ok(headers.get('echo-header-bytes-bin')[0].equals(binary));
      assert.deepEqual(trailers.get('echo-trailer-text'), ['two words']);
      assert.ok(trailers.get('echo-trailer-bytes-bin')[0].equals(binary));
    }
  },

  async 'every-status'() {
    for (let status = 1; status <= 16; status++) {
      await fails(outcome.unary('Unary', { status, detail: `status ${status}` }).done, status, `status ${status}`);
    }
  },

  async 'status-message'() {
    const detail = 'Grüße, 世界 🚀: 100 % "quoted"\nand a second line';
    await fails(outcome.unary('Unary', { status: 9, detail }).done, grpc.status.FAILED_PRECONDITION, detail);
  },

  async 'status-details'() {
    const details = crypto.randomBytes(700);
    const sent = metadata([['echo-trailer-reason', 'full'], ['echo-trailer-bytes-bin', details]]);
    const error = await fails(
      outcome.unary('Unary', { status: 8, detail: 'no more', status_details: details }, sent).done, grpc.status.RESOURCE_EXHAUSTED, 'no more');
    assert.ok(error.trailers.get('grpc-status-details-bin')[0].equals(details));
    assert.ok(error.trailers.get('echo-trailer-bytes-bin')[0].equals(details));
    assert.deepEqual(error.trailers.get('echo-trailer-reason'), ['full']);
  },

  async 'errors-of-every-kind'() {
    const request = { status: 5, detail: 'not here', messages: 3 };
    await fails(outcome.unary('Unary', request).done, grpc.status.NOT_FOUND, 'not here');
    await fails(outcome.clientStream('ClientStream', [request, request]).done, grpc.status.NOT_FOUND, 'not here');
    for (const start of [() => outcome.serverStream('ServerStream', request), () => outcome.duplex('Duplex', [request])]) {
      const { responses } = await fails(start().done, grpc.status.NOT_FOUND, 'not here');
      assert.deepEqual(responses.map((response) => response.index), [0, 1, 2]);
    }
  },

  async 'unknown-method'() {
    const error = await new Promise((resolve) => {
      echo.client.makeUnaryRequest('/tachyon.test.Echo/Nothing', () => Buffer.alloc(0), (bytes) => bytes, {}, resolve);
    });
    assert.equal(error.code, grpc.status.UNIMPLEMENTED);
  },

  // The client gives up, and the handler hears of it.
  async deadline() {
    await Promise.all(Object.values(heldCalls).map(async (start) => {
      const id = newId();
      await fails(start(metadata([['call-id', id]]), { deadline: Date.now() + 1000 }).done, grpc.status.DEADLINE_EXCEEDED);
      assert.equal((await ended(id)).cancelled, true);
    }));
  },

  // The server knows the client's deadline.
  async 'deadline-reaches-server'() {
    const id = newId();
    const deadline = Date.now() + 3600_000;
    const held = heldCalls.unary(metadata([['call-id', id]]), { deadline });
    await started(id);
    held.call.cancel();
    await fails(held.done, grpc.status.CANCELLED);
    const seen = Number((await ended(id)).deadline);
    assert.ok(Math.abs(seen - deadline) < 600_000, `${seen} instead of ${deadline}`);
  },

  // Calls of every kind, cancelled when their handler runs; the handler hears of it.
  async cancellation() {
    for (const start of Object.values(heldCalls)) {
      const id = newId();
      const held = start(metadata([['call-id', id]]));
      await started(id);
      held.call.cancel();
      await fails(held.done, grpc.status.CANCELLED);
      assert.equal((await ended(id)).cancelled, true);
    }
  },

  async gzip() {
    const compressing = connect('Echo', { 'grpc.default_compression_algorithm': 2 });
    const request = { index: 7, data: pattern(7, 300_000) };
    const { response } = await compressing.unary('Unary', request).done;
    assertSame([response], [request]);
    compressing.close();
  },

  // More calls than Kestrel takes streams of one connection at a time (100).
  async 'many-at-once'() {
    await Promise.all(Array.from({ length: 300 }, async (_, index) => {
      const requests = payloads(index % 3 + 1, 1000 + index);
      if (index % 2 === 0) {
        const { response } = await echo.unary('Unary', requests[0]).done;
        assertSame([response], [requests[0]]);
      } else {
        const { responses } = await echo.duplex('Duplex', requests).done;
        assertSame(responses, requests);
      }
    }));
  },
};

async function main() {
  for (const [name, scenario] of Object.entries(scenarios)) {
    const result = await scenario().then(
      (judged) => (judged === undefined ? 'ok' : `ok ${judged}`),
      (error) => `failed ${JSON.stringify(error.stack ?? String(error))}`);
    console.log(`${name}: ${result}`);
  }

  [echo, hold, outcome, identity, watch].forEach((service) => service.close());
}

main();
