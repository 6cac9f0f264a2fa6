'use strict';

// Calls by name, as promises, over the stubs that grpc-js makes of the .proto file.

const grpc = require('@grpc/grpc-js');
const protoLoader = require('@grpc/proto-loader');

const UNLIMITED = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };

// More than a response of the scenarios: one that takes its window to zero can cost the next call its answer (docs/adr/0006-http2-windows.md).
const WINDOW = { 'grpc-node.flow_control_window': 16 * 1024 * 1024 };

class Service {
  constructor(name, protoFile, address, options = {}, credentials = grpc.credentials.createInsecure()) {
    const definition = protoLoader.loadSync(protoFile, { keepCase: true, longs: String, defaults: true });
    const Client = grpc.loadPackageDefinition(definition).tachyon.test[name];
    this.client = new Client(address, credentials, { ...UNLIMITED, ...WINDOW, ...options });
  }

  close() {
    this.client.close();
  }

  // One request, one response. Fails with the ServiceError of grpc-js.
  unary(method, request, metadata = new grpc.Metadata(), options = {}) {
    return single((callback) => this.client[method](request, metadata, options, callback));
  }

  // Many requests, one response. Requests that are not an array leave the stream open.
  clientStream(method, requests, metadata = new grpc.Metadata(), options = {}) {
    return single((callback) => {
      const call = this.client[method](metadata, options, callback);
      write(call, requests);
      return call;
    });
  }

  // One request, many responses.
  serverStream(method, request, metadata = new grpc.Metadata(), options = {}) {
    return stream(this.client[method](request, metadata, options));
  }

  // Many requests, many responses.
  duplex(method, requests, metadata = new grpc.Metadata(), options = {}) {
    const call = this.client[method](metadata, options);
    write(call, requests);
    return stream(call);
  }
}

function single(start) {
  const result = { headers: null, trailers: null };
  result.done = new Promise((resolve, reject) => {
    result.call = start((error, response) => {
      // The status comes after the response.
      result.answered = { error, response };
      settle();
    });
    result.call.on('metadata', (metadata) => { result.headers = metadata; });
    result.call.on('status', (status) => {
      result.status = status;
      result.trailers = status.metadata;
      settle();
    });
    const settle = () => {
      if (result.answered && result.status) {
        if (result.answered.error) {
          reject(Object.assign(result.answered.error, { headers: result.headers, trailers: result.trailers }));
        } else {
          resolve({ response: result.answered.response, headers: result.headers, trailers: result.trailers });
        }
      }
    };
  });
  return result;
}

function stream(call) {
  const result = { call, responses: [], headers: null, trailers: null };
  let first;
  result.first = new Promise((resolve) => { first = resolve; });
  result.done = new Promise((resolve, reject) => {
    let failure = null;
    call.on('metadata', (metadata) => { result.headers = metadata; });
    call.on('data', (response) => {
      result.responses.push(response);
      first(response);
    });
    call.on('error', (error) => { failure = error; });
    call.on('status', (status) => {
      result.trailers = status.metadata;
      if (status.code === grpc.status.OK) {
        resolve(result);
      } else {
        // The error event comes with the status, before or after it.
        setImmediate(() => reject(Object.assign(failure ?? new Error('no error event'), { trailers: result.trailers, responses: result.responses })));
      }
    });
  });
  return result;
}

function write(call, requests) {
  if (Array.isArray(requests)) {
    for (const request of requests) {
      call.write(request);
    }

    call.end();
  }
}

module.exports = { Service, grpc };
