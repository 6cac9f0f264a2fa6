// Calls of direct mode: a client makes two calls on one connection; a server with pooled streams serves them. At any moment, with one of
//   -DFAILS    the application fails or resets the first stream while the second call runs beside it
//   -DCANCELS  the client cancels the first call
//   -DCLOSES   the server stops, with GOAWAY
//   -DBREAKS   the connection breaks
// With the last three the second call begins after the first one, which keeps the search short.
// Every call ends exactly once, at both sides. A complete response is never replaced by an error. A call that may be sent again was never
// processed. No honest side breaks a rule, and a stream that was processed is within the last stream of GOAWAY.
//
// Everything shared is behind a lock in C#, so one step is one region with a lock, and memory needs no store buffers.

#define CALLS 2
#define NONE 255
#define MOST 2 /* MaxStreamsPerConnection */

mtype = { HEADERS, END, RESET, GOAWAY, EOF };
mtype = { NO_ERROR, CANCEL, INTERNAL, REFUSED };

// The rings. HEADERS of a server, its data and its end are one END. The byte of GOAWAY is the last stream that is served.
chan to_server = [8] of { mtype, byte };
chan to_client = [8] of { mtype, byte, mtype };

// The client: ClientConnection, and a ClientStream for each call. Numbers are 1 and 2.
byte last_stream;
byte open;
bool client_closed, client_disposed;
byte call_of[CALLS + 1] = NONE; // _streams

typedef Call { byte number; bool aborted; bool ended; bool failed; bool retry; bool request_ended; bool over; bool left }
Call call[CALLS];

// The server: DirectConnection, and pooled streams.
byte opened_stream, last_served, tracked;
bool closing, server_ended;
byte stream_of[CALLS + 1] = NONE; // _streams

typedef Served { byte id; bool begun; bool pooled; bool used; bool request_over; bool response_over; bool aborted; bool reset_sent }
Served served[CALLS];
#define counts(number) (stream_of[number] != NONE && !(served[stream_of[number]].request_over && served[stream_of[number]].response_over))

bool processed[CALLS + 1];  // ghost: the application has had this stream
bool retryable[CALLS + 1];  // ghost: the client was free to send it again
byte announced = NONE;      // ghost: the last stream of GOAWAY
bool held;                  // ghost: the first request ends behind its response, so that its application must not wait for it
byte finished;              // ghost: calls that have ended
bool broken;                // the connection is gone at once: both sides see it, and what they send is dropped

inline send_to_server(frame, stream) {
    if
    :: client_disposed || broken
    :: else -> assert(nfull(to_server)); to_server!frame, stream
    fi
}

inline send_to_client(frame, stream, reason) {
    if
    :: server_ended || broken
    :: else -> assert(nfull(to_client)); to_client!frame, stream, reason
    fi
}

// Client.

inline dispose_client() {
    // src: Direct/ClientConnection.cs Dispose: Output.Close();
    client_closed = true;
    if
    :: client_disposed
    :: else -> send_to_server(EOF, 0); client_disposed = true
    fi
}

inline end_call(c) {
    atomic {
        // src: Direct/ClientStream.cs End: if (_isOver)
        if
        :: call[c].over
        :: else ->
            call[c].over = true;
            // src: Direct/ClientConnection.cs End: _streams.Remove(stream.Number);
            if
            :: call[c].number > 0 -> call_of[call[c].number] = NONE
            :: else
            fi;
            // src: Direct/ClientConnection.cs End: isLast = --_open == 0 && _isClosed;
            assert(open > 0);
            open--;
            if
            :: open == 0 && client_closed -> dispose_client()
            :: else
            fi
        fi
    }
}

inline fail(c, unprocessed) {
    atomic {
        // src: Direct/ClientStream.cs Fail: if (_failure is not null)
        if
        :: call[c].failed
#ifndef FAIL_AFTER_END
        // src: Direct/ClientStream.cs Fail: isComplete = _order.IsEnded;
        :: !call[c].failed && call[c].ended
#endif
        :: else ->
            // src: Direct/ClientStream.cs Fail: _isUnprocessed = isUnprocessed && _message is null;
            assert(!call[c].ended); // a complete response stays complete
            call[c].failed = true;
            call[c].retry = unprocessed && !call[c].ended;
            if
            :: call[c].retry && call[c].number > 0 -> assert(!processed[call[c].number]); retryable[call[c].number] = true
            :: else
            fi
        fi;
        // src: Direct/ClientStream.cs Fail: _sender.Abort();
        call[c].aborted = true
    };
    // src: Direct/ClientStream.cs Fail: End();
    end_call(c)
}

proctype Caller(byte c) {
    byte number;
    bool begun;
#ifdef FAILS
    // The second call begins after the first one has a number or has ended.
    c == 0 || call[0].number > 0 || finished > 0;
#else
    // The second call begins after the first one, whose frames may still be under way and whose application may still run.
    c == 0 || finished > 0;
#endif
    // src: Direct/ClientConnection.cs TryOpen: if (_isClosed || _open >= _maxStreams)
    if
    :: atomic { client_closed -> goto done }
    // src: Direct/ClientConnection.cs TryOpen: _open++;
    :: atomic { !client_closed -> open++ }
    fi;
    if
    // src: Direct/ClientConnection.cs TryBegin: throw ClientStream.Error(FrameErrorCode.RefusedStream,
    :: atomic { client_closed -> skip }; fail(c, true)
#ifndef BEGIN_AFTER_ABORT
    // src: Direct/ClientConnection.cs TryBegin: if (stream.IsAborted)
    :: atomic { !client_closed && call[c].aborted -> skip }
    :: atomic { !client_closed && !call[c].aborted ->
#else
    :: atomic { !client_closed ->
#endif
            // src: Direct/ClientConnection.cs TryBegin: var number = _lastStream == 0 ? 1 : _lastStream + 2;
            // src: Direct/ClientConnection.cs TryBegin: stream.Number = number;
            // src: Direct/ClientConnection.cs TryBegin: _streams.Add(number, stream);
            number = last_stream + 1;
            call[c].number = number;
            call_of[number] = c;
            begun = true;
#ifdef RESET_WITHOUT_LOCK
        };
        atomic {
#endif
            // src: Direct/ClientConnection.cs TryBegin: _lastStream = number;
            last_stream = number;
            send_to_server(HEADERS, number)
        }
    fi;
    if
    :: begun ->
        // The content ends the request at once, or when the response is there.
        if
        :: true
        :: atomic { c == 0 -> held = true }; call[c].ended || call[c].failed
        fi;
        atomic {
            // src: Frames/StreamSender.cs SendAsync: if (IsAborted)
            if
            :: call[c].aborted
            :: else -> send_to_server(END, number)
            fi
        };
        // src: Direct/ClientStream.Request.cs OnRequestEnded: _isRequestEnded = true;
        // src: Direct/ClientStream.Request.cs OnRequestEnded: isOver = _order.IsEnded;
        atomic { call[c].request_ended = true; begun = call[c].ended };
        if
        :: begun -> end_call(c)
        :: !begun
        fi
    :: !begun
    fi;
    // The response, or the failure. Then the call is over on this side, whatever the server still sends.
    call[c].ended || call[c].failed;
    call[c].over;
done:
    atomic { number = 0; begun = false; finished++ }
}

#ifdef CANCELS

// Cancels the first call: the token of the request runs ClientStream.Abandon.
proctype Canceler() {
    if
    :: true
    :: open > 0 && call[0].number == 0 && !call[0].over || call[0].number > 0 ->
        // src: Direct/ClientStream.cs OnResponseEnded: _cancellation.Unregister();
        if
        :: call[0].ended
        :: !call[0].ended ->
#ifndef BEGIN_AFTER_ABORT
            // src: Direct/ClientStream.cs Abandon: _sender.Abort();
            call[0].aborted = true;
#endif
            // src: Direct/ClientConnection.cs Reset: number = stream.Number;
            // src: Direct/ClientConnection.cs Reset: Output.WriteReset(number, FrameErrorCode.Cancel);
            atomic {
                if
                :: call[0].number > 0 -> send_to_server(RESET, call[0].number)
                :: else
                fi
            };
            fail(0, false)
        fi
    fi
}

#endif

inline fail_above(above, unprocessed) {
    // src: Direct/ClientConnection.cs FailAll: streams = [.. _streams.Values.Where(stream => stream.Number > above)];
    i = above + 1;
    do
    :: atomic { i <= CALLS && call_of[i] != NONE -> c = call_of[i] }; fail(c, unprocessed); i++
    :: atomic { i <= CALLS && call_of[i] == NONE -> i++ }
    :: i > CALLS -> break
    od;
    atomic { i = 0; c = 0 }
}

active proctype ClientLoop() {
    mtype type, code;
    byte number, c, i;
end:
    do
    :: broken || client_disposed -> break
    :: to_client?type, number, code ->
        if
        :: type == GOAWAY ->
            // src: Direct/ClientConnection.cs OnGoAway: Close();
            client_closed = true;
#ifdef RETRY_BELOW_LAST
            fail_above(0, true);
#else
            fail_above(number, true);
#endif
            // src: Direct/ClientConnection.cs OnGoAway: isIdle = _open == 0;
            atomic {
                if
                :: open == 0 -> dispose_client()
                :: else
                fi
            }
        :: type == EOF -> break
        :: type == END || type == RESET ->
            // src: Direct/ClientConnection.cs Find: ? _streams.GetValueOrDefault(stream)
            c = call_of[number];
            if
            :: c == NONE
            :: c != NONE && type == END ->
                // src: Direct/ClientStream.cs OnData: _order.OnData(isEnd);
                call[c].ended = true;
                // src: Direct/ClientStream.cs OnResponseEnded: if (_isRequestEnded)
                if
                :: call[c].request_ended -> end_call(c)
                :: !call[c].request_ended
                fi
            :: c != NONE && type == RESET ->
                // src: Direct/ClientStream.cs OnReset: => Fail(Error(code, "the server reset it"),
#ifdef NO_ERROR_BEFORE_END
                if
                :: code == NO_ERROR -> call[c].aborted = true
                :: code != NO_ERROR -> fail(c, (code == REFUSED))
                fi
#else
                fail(c, (code == REFUSED))
#endif
            fi
        fi;
        atomic { type = 0; code = 0; number = 0; c = 0 }
    od;
    // src: Direct/ClientConnection.cs ReadAsync: Close();
    atomic { client_closed = true; type = 0; code = 0; number = 0 };
    // src: Direct/ClientConnection.cs ReadAsync: FailAll(failure, above: 0, isUnprocessed: false);
#ifdef RETRY_AT_THE_END
    fail_above(0, true);
#else
    fail_above(0, false);
#endif
    // src: Direct/ClientConnection.cs ReadAsync: Dispose();
    atomic { dispose_client() }
}

// Server.

inline forget(o) {
    // src: Direct/DirectConnection.cs Forget: _streams.Remove(stream.Id);
    stream_of[served[o].id] = NONE
}

inline send_reset(o, code) {
    atomic {
        // src: Direct/DirectStream.cs SendReset: if (_isResetSent || _isAborted)
        if
        :: served[o].reset_sent || served[o].aborted -> over = true
        // src: Direct/DirectStream.cs SendReset: _isResetSent = true;
        :: else -> served[o].reset_sent = true
        fi
    };
    if
    :: over -> over = false
    :: !over ->
        // src: Direct/DirectStream.cs SendReset: _connection.Forget(this);
        forget(o);
        // src: Direct/DirectStream.cs SendReset: _connection.Output.WriteReset(Id, code);
        atomic { send_to_client(RESET, served[o].id, code) }
    fi
}

proctype Application(byte o) {
    bool over;
end:
    do
    :: atomic { served[o].begun ->
            served[o].begun = false;
            assert(!retryable[served[o].id]);
            assert(announced == NONE || served[o].id <= announced);
            processed[served[o].id] = true
        };
        // Reads all of the request, or none of it.
        if
        :: true -> served[o].request_over || served[o].aborted || held
        :: served[o].id == 1
        fi;
        if
        :: true ->
            // src: Direct/DirectStream.Response.cs SendRestAsync: Volatile.Write(ref _isResponseOver, true);
            served[o].response_over = true;
            atomic {
                // src: Frames/StreamSender.cs SendAsync: if (IsAborted)
                if
                :: served[o].aborted
                :: else -> send_to_client(END, served[o].id, NO_ERROR)
                fi
            };
            // src: Direct/DirectStream.Response.cs SendRestAsync: if (!IsAborted && Volatile.Read(ref _isRequestOver))
            if
            :: !served[o].aborted && served[o].request_over -> forget(o)
            :: else
            fi;
            // src: Direct/DirectStream.cs EndAsync: if (!IsAborted && !Volatile.Read(ref _isRequestOver))
            if
            :: !served[o].aborted && !served[o].request_over -> send_reset(o, NO_ERROR)
            :: else
            fi
#ifdef FAILS
        // src: Direct/DirectStream.cs ResetByServer: SendReset(code);
        // src: Direct/DirectStream.cs ResetByServer: Abort(reason);
        :: served[o].id == 1 -> send_reset(o, INTERNAL); served[o].aborted = true
        // src: Direct/DirectStream.Response.cs Reset: => ResetByServer((FrameErrorCode)errorCode,
        :: served[o].id == 1 -> send_reset(o, NO_ERROR); served[o].aborted = true
#endif
        fi;
        // src: Direct/DirectStream.cs Recycle: isClean = !_isAborted && !_isResetSent && _abortedSource is null && _isRequestOver;
        over = !served[o].aborted && !served[o].reset_sent && served[o].request_over;
        atomic {
            // src: Direct/DirectConnection.cs OnEnded: _tracked--;
            tracked--;
            // src: Direct/DirectConnection.cs OnEnded: if (_streams.TryGetValue(stream.Id, out var current) && current == stream)
            if
            :: stream_of[served[o].id] == o -> stream_of[served[o].id] = NONE
            :: else
            fi;
            // src: Direct/DirectConnection.cs OnEnded: _pooled.Push(stream);
            served[o].pooled = over;
            over = false
        }
    od
}

inline pop() {
    // src: Direct/DirectConnection.cs OnHeaders: _ = _pooled.TryPop(out stream);
    o = 0;
    do
    :: o < CALLS && served[o].pooled ->
        served[o].pooled = false;
        if
#ifndef POOLED_WHILE_ABORTED
        // src: Direct/DirectConnection.cs OnHeaders: while (stream is { IsAborted: true });
        :: served[o].aborted -> o++
        :: !served[o].aborted -> break
#else
        :: true -> break
#endif
        fi
    :: o < CALLS && !served[o].pooled -> o++
    :: o == CALLS -> break
    od;
    if
    :: o == CALLS ->
        // src: Direct/DirectConnection.cs OnHeaders: stream ??= _application.CreateStream(this);
        o = 0;
        do
        :: served[o].used -> o++
        :: !served[o].used -> break
        od
    :: o < CALLS
    fi
}

active proctype ServerLoop() {
    mtype type;
    byte number, o = NONE;
end:
    do
    :: broken -> break
    // src: Direct/DirectConnection.cs ReadAsync: if (_isClosing && _tracked == 0)
    :: atomic { closing && tracked == 0 -> break }
    :: to_server?type, number ->
        if
        :: type == EOF -> break
        :: type == HEADERS ->
            // src: Direct/DirectConnection.cs OnHeaders: if (header.Stream % 2 == 0 || header.Stream <= _lastStream
            assert(number > opened_stream);
            // src: Direct/DirectConnection.cs OnHeaders: _lastStream = header.Stream;
            opened_stream = number;
            atomic {
                // src: Direct/DirectConnection.cs OnHeaders: if (_isClosing)
                if
                :: closing
                // src: Direct/DirectConnection.cs OnHeaders: if (_streams.Count >= most && _streams.Values.Count(static stream => !stream.IsOver) >= most)
                :: !closing && counts(1) + counts(2) >= MOST ->
                    // src: Direct/DirectConnection.cs OnHeaders: Output.WriteReset(header.Stream, FrameErrorCode.RefusedStream);
                    send_to_client(RESET, number, REFUSED)
                :: else ->
                    // src: Direct/DirectConnection.cs OnHeaders: _lastServed = header.Stream;
#ifndef SERVED_AFTER_LOCK
                    last_served = number;
#endif
                    pop()
                fi
            };
            if
            :: o == NONE
            :: o != NONE ->
                // src: Direct/DirectStream.cs Begin: Id = _sender.Stream = id;
                // src: Direct/DirectStream.cs Begin: _isRequestOver = hasNoBody;
                atomic { served[o].used = true; served[o].id = number; served[o].request_over = false; served[o].response_over = false };
                // src: Direct/DirectConnection.cs OnHeaders: _tracked++;
                // src: Direct/DirectConnection.cs OnHeaders: _streams.Add(header.Stream, stream);
                atomic { tracked++; stream_of[number] = o; last_served = number };
                // src: Direct/DirectConnection.cs ReadAsync: _begun.ForEach(
                served[o].begun = true
            fi
        :: type == END || type == RESET ->
            // src: Direct/DirectConnection.cs Find: if (stream % 2 == 0 || stream > _lastStream)
            atomic { assert(number > 0 && number <= opened_stream); o = stream_of[number] };
            if
            :: o == NONE
            :: o != NONE && type == END ->
                // src: Direct/DirectStream.cs OnData: if (_isRequestOver)
                assert(!served[o].request_over);
                // src: Direct/DirectStream.cs OnData: Volatile.Write(ref _isRequestOver, true);
                served[o].request_over = true
            :: o != NONE && type == RESET ->
                // src: Direct/DirectConnection.cs OnReset: _streams.Remove(header.Stream);
                stream_of[number] = NONE;
                // src: Direct/DirectConnection.cs OnReset: stream?.OnReset();
#ifndef RESET_WITHOUT_ABORT
                served[o].aborted = true
#endif
            fi
        fi;
        atomic { type = 0; number = 0; o = NONE }
    od;
    // src: Direct/DirectConnection.cs EndAsync: _isClosing = true;
    // src: Direct/DirectConnection.cs EndAsync: rest = [.. _streams.Values];
    // src: Direct/DirectConnection.cs EndAsync: stream.OnConnectionEnded(reason);
    atomic { closing = true; type = 0; number = 1; o = NONE };
#ifndef END_WITHOUT_ABORT
    do
    :: atomic { number <= CALLS && stream_of[number] != NONE -> served[stream_of[number]].aborted = true; number++ }
    :: atomic { number <= CALLS && stream_of[number] == NONE -> number++ }
    :: atomic { number > CALLS -> number = 0; break }
    od;
#endif
    // src: Direct/DirectConnection.cs EndAsync: await _allEnded.Task.ConfigureAwait(false);
    tracked == 0;
    // src: Direct/DirectConnection.cs EndAsync: Output.Close();
    atomic { send_to_client(EOF, 0, NO_ERROR); server_ended = true }
}

#ifdef CLOSES

// Kestrel stops, or the heartbeat closes the connection.
active proctype Closer() {
    byte last;
    if
    :: true
    :: true ->
#ifdef LAST_BEFORE_CLOSING
        last = last_served;
#endif
        // src: Direct/DirectConnection.cs Close: _isClosing = true;
        if
        :: atomic { !closing -> closing = true }
        :: closing -> goto done
        fi;
        // src: Direct/DirectConnection.cs TrySendGoAway: frame.Write(_lastServed);
        atomic {
#ifndef LAST_BEFORE_CLOSING
            last = last_served;
#endif
            announced = last
        };
        atomic { send_to_client(GOAWAY, last, NO_ERROR); last = 0 }
    fi;
done:
    skip
}

#endif
#ifdef BREAKS

active proctype Breaker() {
    if
    :: true
    :: true -> broken = true
    fi
}

#endif

init {
    byte i;
    atomic {
        do
        :: i < CALLS -> run Caller(i); run Application(i); i++
        :: i == CALLS -> i = 0; break
        od;
#ifdef CANCELS
        run Canceler()
#endif
    };
    atomic { finished == CALLS -> assert(open == 0 && call_of[1] == NONE && call_of[2] == NONE) }
}
