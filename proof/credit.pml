// Credit of direct mode: the body that one side sends on two streams of a connection, the credit that the other side gives back as its
// readers examine it, and the pool that both streams share. The reader of stream 1 may stop or close its stream at any moment.
// Both bodies must arrive whole unless stream 1 is stopped or closed. A stopped stream must not stop the other one.
// With -DALONE one stream with a larger window, of which less than a half is not given back.
//
// Everything shared is behind a lock in C#, so one step is one region with a lock, and memory needs no store buffers.

#ifdef ALONE
#define STREAMS 1
#define INITIAL 4
#define MAX_SIZE 6
#ifndef POOL
#define POOL 2
#endif
#define BYTES 10
#else
#define STREAMS 2
#define INITIAL 2
#define MAX_SIZE 3
#ifndef POOL
#define POOL 1
#endif
#define BYTES 3
#endif
#define MAX_DATA 2
#define MIN(a, b) ((a) < (b) -> (a) : (b))

// The rings. The output of the sender of data is full after one frame. The other direction holds all that is written to it.
chan data = [1] of { byte, byte, bool }; // stream, bytes, whether it is the end
chan control = [8] of { byte, byte };   // stream, credit; 0 is a reset

typedef Sending { byte left; bool waits; bool closed; bool aborted }
typedef Receiving { byte size; byte credit; byte owed; bool over; bool closed; byte available; bool ended; bool stopped }

Sending sending[STREAMS];
Receiving receiving[STREAMS];
byte pool = POOL;
byte finished; // ghost: senders and readers that have ended

// What WriteControl does: it never waits. A full channel would be a limit of the model.
inline write_control(stream, number) {
    assert(nfull(control));
    control!stream, number
}

proctype Sender(byte s) {
    byte rest = BYTES, count;
    do
    // src: Frames/StreamSender.cs SendInPartsAsync: while (!IsAborted)
    :: sending[s].aborted -> break
    :: atomic { !sending[s].aborted ->
            // src: Frames/StreamSender.cs SendInPartsAsync: var count = Credit.Take(Math.Min(data.Length, FrameHeader.MaxDataLength));
            // src: Frames/SendCredit.cs Take: var taken = (int)Math.Min(_left, most);
            // src: Frames/SendCredit.cs Take: _left -= taken;
            count = MIN(sending[s].left, MIN(rest, MAX_DATA)); sending[s].left = sending[s].left - count
        };
        if
        :: count == 0 ->
            // src: Frames/StreamSender.cs SendInPartsAsync: await WaitAsync(Credit.WaitAsync(), cancellationToken).ConfigureAwait(false);
            atomic {
                // src: Frames/SendCredit.cs WaitAsync: return _left > 0 || _isClosed
#ifdef WAIT_WITHOUT_LOOK
                sending[s].waits = true
#else
                sending[s].waits = !(sending[s].left > 0 || sending[s].closed)
#endif
            };
            if
            :: !sending[s].waits
            // Only a reader that stopped may stop its sender.
            :: receiving[s].stopped -> break
            fi
        :: atomic { count > 0 && nfull(data) ->
                // src: Frames/StreamSender.cs TryWrite: if (!output.TryWrite(_head.Written,
                rest = rest - count; data!s, count, (rest == 0); count = 0
            };
            // src: Frames/StreamSender.cs SendInPartsAsync: if (isLast)
            if
            :: rest == 0 -> break
            :: rest > 0
            fi
        :: atomic { count > 0 && full(data) ->
#ifndef CREDIT_NOT_RETURNED
                // src: Frames/StreamSender.cs SendInPartsAsync: Credit.Return(count);
                // src: Frames/SendCredit.cs Return: _left += count;
                sending[s].left = sending[s].left + count;
#endif
                count = 0
            };
            // src: Frames/StreamSender.cs SendInPartsAsync: await WaitAsync(Task.WhenAny(drained, Credit.WaitForCloseAsync()), cancellationToken)
            nfull(data) || sending[s].closed
        fi
    od;
    finished++
}

// The loop that reads the connection at the side that sends the data.
active proctype CreditLoop() {
    byte s, credit;
end:
    do
    :: control?s, credit ->
        if
        :: atomic { credit > 0 ->
                // src: Frames/SendCredit.cs Give: _left += count;
                // src: Frames/SendCredit.cs Give: more?.TrySetResult();
                sending[s].left = sending[s].left + credit;
#ifndef GIVE_WITHOUT_SIGNAL
                sending[s].waits = false
#endif
            }
        :: credit == 0 ->
            // src: Frames/StreamSender.cs Abort: Volatile.Write(ref _isAborted, true);
            sending[s].aborted = true;
#ifndef ABORT_WITHOUT_CLOSE
            // src: Frames/StreamSender.cs Abort: Credit.Close();
            // src: Frames/SendCredit.cs Close: more?.TrySetResult();
            atomic { sending[s].closed = true; sending[s].waits = false }
#endif
        fi;
        atomic { s = 0; credit = 0 }
    od
}

// The loop that reads the connection at the side that receives the data.
active proctype DataLoop() {
    byte s, count, more;
    bool last, gone;
end:
    do
    :: data?s, count, last ->
        // src: Direct/DirectConnection.cs Find: return _streams.GetValueOrDefault(stream);
        gone = receiving[s].closed;
        if
        :: gone
        :: atomic { !gone ->
                // src: Frames/ReceiveWindow.cs OnReceived: if (count > _credit)
                assert(count <= receiving[s].credit);
                // src: Frames/ReceiveWindow.cs OnReceived: _credit -= count;
                // src: Frames/ReceiveWindow.cs OnReceived: _isOver |= isEnd;
                receiving[s].credit = receiving[s].credit - count;
                receiving[s].over = receiving[s].over || last;
                more = 0;
                if
                // src: Frames/ReceiveWindow.cs OnReceived: return !_isOver && !_isClosed && _credit < _size / 2 ? Grow() : 0;
                :: !receiving[s].over && !receiving[s].closed && receiving[s].credit < receiving[s].size / 2 ->
                    // src: Frames/ReceiveWindow.cs Grow: var more = pool.Take(maxSize - _size);
                    more = MIN(pool, MAX_SIZE - receiving[s].size);
                    pool = pool - more;
                    receiving[s].size = receiving[s].size + more;
                    receiving[s].credit = receiving[s].credit + more
                :: else
                fi
            };
#ifdef END_BEFORE_BYTES
            receiving[s].ended = last;
#endif
            // src: Direct/DirectStream.cs OnData: _body.Write(bytes);
            atomic { receiving[s].available = receiving[s].available + count; count = 0 };
            if
            // src: Direct/DirectStream.cs OnData: _connection.Output.WriteWindow(Id, credit);
            :: atomic { more > 0 -> write_control(s, more); more = 0 }
            // src: Direct/DirectStream.cs OnData: _body.End();
            :: atomic { more == 0 -> receiving[s].ended = last }
            fi
        fi;
        atomic { s = 0; count = 0; last = false; gone = false }
    od
}

inline examined(number) {
    atomic {
        if
        // src: Frames/ReceiveWindow.cs OnExamined: if (_isOver || _isClosed)
        :: receiving[s].over || receiving[s].closed
        :: else ->
            // src: Frames/ReceiveWindow.cs OnExamined: _owed += count;
            receiving[s].owed = receiving[s].owed + number;
            if
            // src: Frames/ReceiveWindow.cs OnExamined: return _owed < _size / 2 ? 0 : GiveBack();
#ifdef GIVE_ABOVE_WINDOW
            :: receiving[s].owed <= receiving[s].size
#else
            :: receiving[s].owed < receiving[s].size / 2
#endif
            :: else ->
                // src: Frames/ReceiveWindow.cs GiveBack: _owed = 0;
                given = receiving[s].owed;
                receiving[s].owed = 0;
#ifndef COUNT_AFTER_WINDOW
                // src: Frames/ReceiveWindow.cs GiveBack: _credit += given;
                receiving[s].credit = receiving[s].credit + given
#endif
            fi
        fi
    };
    if
    // src: Direct/DirectStream.cs OnExamined: TrySendWindow(credit);
    // src: Direct/ClientStream.cs Examined: connection.Output.WriteWindow(Number, credit);
    :: atomic { given > 0 -> write_control(s, given) };
#ifdef COUNT_AFTER_WINDOW
        receiving[s].credit = receiving[s].credit + given;
#endif
        given = 0
    :: given == 0
    fi
}

proctype Reader(byte s) {
    byte got, given;
    do
    :: atomic { receiving[s].available > 0 -> receiving[s].available--; got++ };
#ifdef CREDIT_FOLLOWS_CONSUMED
        // A message is consumed when all of it is there.
        if
        :: got == BYTES -> examined(got)
        :: got < BYTES
        fi
#else
        // src: Direct/RequestBody.cs AdvanceTo: stream.OnExamined(more);
        // src: Direct/ClientStream.cs ReadAsync: Examined(count);
        examined(1)
#endif
    :: atomic { receiving[s].ended && receiving[s].available == 0 ->
            assert(got == BYTES) // every byte before the end
        };
        break
    :: s == 1 -> receiving[s].stopped = true; break
    :: s == 1 ->
        // src: Direct/DirectStream.cs SendReset: _connection.Output.WriteReset(Id, code);
        // src: Direct/ClientConnection.cs Reset: Output.WriteReset(number, FrameErrorCode.Cancel);
        atomic { write_control(s, 0) };
        break
    od;
    atomic {
        if
        :: !receiving[s].stopped ->
            // src: Frames/ReceiveWindow.cs Close: _isClosed = true;
            // src: Frames/ReceiveWindow.cs Close: pool.Return(_size - SendCredit.Initial);
            receiving[s].closed = true;
            pool = pool + receiving[s].size - INITIAL
        :: receiving[s].stopped
        fi
    };
    finished++
}

init {
    byte i;
    atomic {
        do
        :: i < STREAMS ->
            sending[i].left = INITIAL;
            receiving[i].size = INITIAL;
            receiving[i].credit = INITIAL;
            run Sender(i);
            run Reader(i);
            i++
        :: i == STREAMS -> break
        od
    };
    atomic { finished == 2 * STREAMS -> assert(receiving[STREAMS - 1].stopped || pool == POOL) }
}
