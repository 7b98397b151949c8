// Records and events as commands name and show them: KIND ID, and rows of a list, all by reflection.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cli/failure.h"
#include "cli/table.h"
#include "jinshi/v1/ledger_service.pb.h"
#include "jinshi/v1/state.pb.h"

namespace jinshi::cli {

// "asset", "museum-3d-relics"; bytes in hex; a key of several parts with slashes ("first", "museum/REGISTRATION";
// "total", "FINANCE/2026-11"); none of what there is once ("parameters").
Outcome<v1::StateKey> state_key(std::string_view kind, std::string_view id);

// "asset, certificate, ...".
std::string record_kinds();

// The record itself, without what it is wrapped in; with it in JSON.
boost::json::object describe_record(const v1::Record& record);

// The id, the name where there is one, and the fields that lists are filtered by.
Table table_of(const std::vector<v1::Record>& records);

// An event's name, arguments and result, and where it stands.
boost::json::object describe_event(const v1::LedgerEvent& event);
Table table_of(const std::vector<v1::LedgerEvent>& events);

}  // namespace jinshi::cli
