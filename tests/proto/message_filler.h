// Messages for tests of what holds for every type, filled by reflection.
#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace jinshi::test {

// Fills messages at random from a seed, the same everywhere: edges of ranges, text beyond ASCII, empty choices of
// oneofs. Always fit for `encode`.
class RandomFiller {
 public:
  explicit RandomFiller(std::uint64_t seed) : random_(seed) {}

  void fill(google::protobuf::Message& message, int depth = 4);
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

 private:
  void one(const google::protobuf::FieldDescriptor& field, google::protobuf::Message& message, int depth);
  std::uint64_t integer();
  std::string text();
  std::string bytes();

  std::mt19937_64 random_;
};

// Fills every field, repeated ones twice, with values that count up; of each oneof the first member, but of the
// message itself `chosen` where it isn't null. What is nested more than `depth` deep stays empty.
void fill_every_field(google::protobuf::Message& message, const google::protobuf::FieldDescriptor* chosen = nullptr,
                      int depth = 3);

// Every message type that is signed, hashed or stored, by name: all but those of the services and the rules.
std::vector<const google::protobuf::Descriptor*> recorded_types();

}  // namespace jinshi::test
