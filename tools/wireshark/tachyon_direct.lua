-- Wireshark's dissector for the frames of Tachyon's direct mode (docs/protocol-direct.md), in captures of 'tachyon capture' or
-- TACHYON_CAPTURE (docs/capture.md).
--
--   tshark -X lua_script:tachyon_direct.lua -r app.pcapng
--   wireshark -X lua_script:tachyon_direct.lua app.pcapng
--
-- Or copy it to the folder of personal Lua plugins (Help, About Wireshark, Folders).

local direct = Proto("tachyon_direct", "Tachyon direct mode")

-- Captures give servers of direct mode this port. Another one: Analyze, Decode As.
local SERVER_PORT = 51051

local HEADER = 12
local END, STANDARD, CRITICAL = 1, 2, 128
local SETTINGS, DEFINE, HEADERS, DATA, TRAILERS, RESET, WINDOW, GOAWAY, PING, PONG = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
local TYPES = {
  [SETTINGS] = "SETTINGS", [DEFINE] = "DEFINE", [HEADERS] = "HEADERS", [DATA] = "DATA", [TRAILERS] = "TRAILERS",
  [RESET] = "RESET", [WINDOW] = "WINDOW", [GOAWAY] = "GOAWAY", [PING] = "PING", [PONG] = "PONG",
}

-- RFC 9113, section 7.
local CODES = {
  [0] = "NO_ERROR", [1] = "PROTOCOL_ERROR", [2] = "INTERNAL_ERROR", [3] = "FLOW_CONTROL_ERROR", [4] = "SETTINGS_TIMEOUT",
  [5] = "STREAM_CLOSED", [6] = "FRAME_SIZE_ERROR", [7] = "REFUSED_STREAM", [8] = "CANCEL", [9] = "COMPRESSION_ERROR",
  [10] = "CONNECT_ERROR", [11] = "ENHANCE_YOUR_CALM", [12] = "INADEQUATE_SECURITY", [13] = "HTTP_1_1_REQUIRED",
}

local f = {
  length = ProtoField.uint32("tachyon_direct.length", "Length"),
  type = ProtoField.uint8("tachyon_direct.type", "Type", base.DEC, TYPES),
  flags = ProtoField.uint8("tachyon_direct.flags", "Flags", base.HEX),
  flag_end = ProtoField.bool("tachyon_direct.flags.end", "END", 8, nil, END),
  flag_standard = ProtoField.bool("tachyon_direct.flags.standard", "STANDARD", 8, nil, STANDARD),
  flag_critical = ProtoField.bool("tachyon_direct.flags.critical", "CRITICAL", 8, nil, CRITICAL),
  template = ProtoField.uint16("tachyon_direct.template", "Template"),
  stream = ProtoField.uint32("tachyon_direct.stream", "Stream"),
  max_streams = ProtoField.uint32("tachyon_direct.max_streams", "Streams that the peer may have open"),
  max_headers = ProtoField.uint32("tachyon_direct.max_headers", "Bytes of a header block that the peer may send"),
  method = ProtoField.string("tachyon_direct.method", "HTTP method"),
  scheme = ProtoField.string("tachyon_direct.scheme", "Scheme"),
  authority = ProtoField.string("tachyon_direct.authority", "Authority"),
  path = ProtoField.string("tachyon_direct.path", "Path"),
  header = ProtoField.string("tachyon_direct.header", "Header"),
  status = ProtoField.uint16("tachyon_direct.status", "HTTP status"),
  grpc_status = ProtoField.string("tachyon_direct.grpc_status", "gRPC status"),
  data = ProtoField.bytes("tachyon_direct.data", "Data"),
  message = ProtoField.bytes("tachyon_direct.message", "gRPC message"),
  code = ProtoField.uint32("tachyon_direct.code", "Code", base.DEC, CODES),
  credit = ProtoField.uint32("tachyon_direct.credit", "More bytes of DATA"),
  last_stream = ProtoField.uint32("tachyon_direct.last_stream", "Last stream that is served"),
  reason = ProtoField.string("tachyon_direct.reason", "Reason"),
  ping = ProtoField.bytes("tachyon_direct.ping", "Opaque bytes"),
}
direct.fields = f

local malformed = ProtoExpert.new("tachyon_direct.malformed", "Malformed frame", expert.group.MALFORMED, expert.severity.ERROR)
direct.experts = { malformed }

local tcp_stream = Field.new("tcp.stream")

-- By TCP conversation: the paths of templates, the paths of streams, and bytes of messages that are not complete.
local conversations = {}

-- By packet and number of the frame in it: the messages that end in it. Filled in the first pass, when packets come in order.
local messages = {}

function direct.init()
  conversations = {}
  messages = {}
end

local function conversation()
  local key = tostring(tcp_stream())
  conversations[key] = conversations[key] or { templates = {}, streams = {}, parts = {} }
  return conversations[key]
end

-- Reads a text: its length (u16), its bytes. Returns nil where it is cut.
local function read_text(range, at)
  if at + 2 > range:len() then return nil end
  local length = range(at, 2):le_uint()
  if at + 2 + length > range:len() then return nil end
  local bytes = range(at, 2 + length)
  return length == 0 and "" or range(at + 2, length):string(), bytes, at + 2 + length
end

-- Headers up to the end of the range. Returns the values of those that matter to a reader.
local function add_headers(range, at, tree)
  local found = {}
  while at < range:len() do
    local name, name_bytes, next = read_text(range, at)
    if not name then break end
    local value, _, after = read_text(range, next)
    if not value then break end
    local bytes = range(at, after - at)
    tree:add(f.header, bytes, name .. ": " .. value)
    name = name:lower()
    if name == ":path" then
      tree:add(f.path, bytes, value)
    elseif name == "grpc-status" then
      tree:add(f.grpc_status, bytes, value)
    end
    found[name] = value
    at = after
  end
  if at < range:len() then tree:add_proto_expert_info(malformed) end
  return found
end

-- The gRPC messages that end in this DATA frame: flag, length (big endian), bytes.
local function take_messages(state, key, stream, from_client, payload)
  local part = stream .. (from_client and ">" or "<")
  local bytes = state.parts[part] or ByteArray.new()
  bytes:append(payload:len() > 0 and payload:bytes() or ByteArray.new())
  local list = {}
  local at = 0
  while bytes:len() - at >= 5 do
    local length = ((bytes:get_index(at + 1) * 256 + bytes:get_index(at + 2)) * 256 + bytes:get_index(at + 3)) * 256 + bytes:get_index(at + 4)
    if bytes:len() - at - 5 < length then break end
    list[#list + 1] = { compressed = bytes:get_index(at) ~= 0, bytes = length > 0 and bytes:subset(at + 5, length) or nil }
    at = at + 5 + length
  end
  state.parts[part] = at < bytes:len() and bytes:subset(at, bytes:len() - at) or nil
  messages[key] = list
end

local function add_messages(key, path, from_client, payload, pinfo, tree)
  local count = 0
  for _, message in ipairs(messages[key] or {}) do
    count = count + 1
    if not message.bytes then
      tree:add(f.message, payload, "", "gRPC message: empty")
    else
      local tvb = message.bytes:tvb(message.compressed and "Compressed message" or "Message")
      local item = tree:add(f.message, tvb())
      if not message.compressed then
        pinfo.private["pb_msg_type"] = "application/grpc," .. (path or "") .. "," .. (from_client and "request" or "response")
        pcall(function() Dissector.get("protobuf"):call(tvb, pinfo, item) end)
      end
    end
  end
  return count
end

local function dissect_payload(type, flags, template, stream, range, pinfo, tree, from_client, key, state)
  local standard = bit.band(flags, STANDARD) ~= 0
  if type == SETTINGS and range:len() >= 8 then
    tree:add_le(f.max_streams, range(0, 4))
    tree:add_le(f.max_headers, range(4, 4))
  elseif type == DEFINE then
    local at, texts = 0, {}
    for _, field in ipairs({ f.method, f.scheme, f.authority, f.path }) do
      local text, bytes, next = read_text(range, at)
      if not text then tree:add_proto_expert_info(malformed) return "" end
      tree:add(field, bytes, text)
      texts[#texts + 1] = text
      at = next
    end
    add_headers(range, at, tree)
    state.templates[template] = texts[4]
    return " " .. template .. ": " .. texts[1] .. " " .. texts[4]
  elseif type == HEADERS and from_client then
    local found = add_headers(range, 0, tree)
    local path = found[":path"] or state.templates[template]
    if path and path ~= "" then
      state.streams[stream] = path
      if not found[":path"] then tree:add(f.path, range, path):set_generated() end
      return " " .. path
    end
    return " (its template was not captured)"
  elseif type == HEADERS then
    local found = {}
    if standard then
      tree:add(f.status, range, 200):set_generated()
    elseif range:len() >= 2 then
      tree:add_le(f.status, range(0, 2))
      found = add_headers(range, 2, tree)
    end
    local status = standard and 200 or (range:len() >= 2 and range(0, 2):le_uint() or 0)
    return " " .. status .. (found["grpc-status"] and " grpc-status " .. found["grpc-status"] or "")
  elseif type == TRAILERS then
    if standard then
      tree:add(f.grpc_status, range, "0"):set_generated()
      return " grpc-status 0"
    end
    local found = add_headers(range, 0, tree)
    return found["grpc-status"] and " grpc-status " .. found["grpc-status"] or ""
  elseif type == DATA then
    if range:len() > 0 then tree:add(f.data, range) end
    if not pinfo.visited then take_messages(state, key, stream, from_client, range) end
    local count = add_messages(key, state.streams[stream], from_client, range, pinfo, tree)
    return count > 0 and string.format(" (%d message%s)", count, count == 1 and "" or "s") or ""
  elseif type == RESET and range:len() >= 4 then
    tree:add_le(f.code, range(0, 4))
    return " " .. (CODES[range(0, 4):le_uint()] or range(0, 4):le_uint())
  elseif type == WINDOW and range:len() >= 4 then
    tree:add_le(f.credit, range(0, 4))
    return " +" .. range(0, 4):le_uint()
  elseif type == GOAWAY and range:len() >= 8 then
    tree:add_le(f.last_stream, range(0, 4))
    tree:add_le(f.code, range(4, 4))
    local reason = ""
    if range:len() > 8 then
      tree:add(f.reason, range(8))
      reason = " " .. range(8):string()
    end
    return " " .. (CODES[range(4, 4):le_uint()] or "") .. reason
  elseif (type == PING or type == PONG) and range:len() == 8 then
    tree:add(f.ping, range)
  end
  return ""
end

function direct.dissector(tvb, pinfo, tree)
  local server_port = (pinfo.match_uint and pinfo.match_uint ~= 0) and pinfo.match_uint or SERVER_PORT
  local from_client = pinfo.dst_port == server_port
  local state = conversation()
  pinfo.cols.protocol = "TACHYON"

  local infos = {}
  local offset = 0
  while offset < tvb:len() do
    local left = tvb:len() - offset
    local length = left >= HEADER and tvb(offset, 4):le_uint() or 0
    if left < HEADER or left < HEADER + length then
      pinfo.desegment_offset = offset
      pinfo.desegment_len = left < HEADER and DESEGMENT_ONE_MORE_SEGMENT or HEADER + length - left
      break
    end

    local type, flags = tvb(offset + 4, 1):uint(), tvb(offset + 5, 1):uint()
    local template, stream = tvb(offset + 6, 2):le_uint(), tvb(offset + 8, 4):le_uint()
    local name = TYPES[type] or ("type " .. type)
    local subtree = tree:add(direct, tvb(offset, HEADER + length), string.format("Tachyon direct mode, %s, stream %d", name, stream))
    subtree:add_le(f.length, tvb(offset, 4))
    subtree:add(f.type, tvb(offset + 4, 1))
    local flag_tree = subtree:add(f.flags, tvb(offset + 5, 1))
    flag_tree:add(f.flag_end, tvb(offset + 5, 1))
    flag_tree:add(f.flag_standard, tvb(offset + 5, 1))
    flag_tree:add(f.flag_critical, tvb(offset + 5, 1))
    subtree:add_le(f.template, tvb(offset + 6, 2))
    subtree:add_le(f.stream, tvb(offset + 8, 4))

    -- A packet may be dissected several times, each time with its frames in the same order.
    local number = tonumber(pinfo.private["tachyon_direct"] or "0") + 1
    pinfo.private["tachyon_direct"] = tostring(number)
    local key = pinfo.number .. ":" .. number
    local range = length > 0 and tvb(offset + HEADER, length) or ByteArray.new():tvb("Empty")()
    local info = dissect_payload(type, flags, template, stream, range, pinfo, subtree, from_client, key, state)
    infos[#infos + 1] = name .. "[" .. stream .. "]" .. info .. (bit.band(flags, END) ~= 0 and " END" or "")
    offset = offset + HEADER + length
  end

  -- TCP calls once for frames that end in the packet, and again for those behind them.
  if #infos > 0 then
    local text = table.concat(infos, ", ")
    if pinfo.private["tachyon_direct_info"] then
      pinfo.cols.info:append(", " .. text)
    else
      pinfo.cols.info = text
    end
    pinfo.private["tachyon_direct_info"] = "yes"
  end
  return tvb:len()
end

DissectorTable.get("tcp.port"):add(SERVER_PORT, direct)
