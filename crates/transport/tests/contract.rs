//! The contracts of `Connection` and `ChannelEnd`, written once and run over every carrier.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

#[path = "contract/carrier.rs"]
mod carrier;
#[path = "contract/channel.rs"]
mod channel;
#[path = "contract/connection.rs"]
mod connection;

/// Makes one test per check. `contract!(memory, Memory, connection: [closes])` reads as `mod memory
/// { #[tokio::test] async fn closes() { super::connection::closes::<Memory>().await } }`.
macro_rules! contract {
    ($name:ident, $carrier:ident, $($suite:ident: [$($check:ident),* $(,)?]),*) => {
        mod $name {
            $(mod $suite {
                $(#[tokio::test]
                async fn $check() {
                    crate::$suite::$check::<crate::carrier::$carrier>().await;
                })*
            })*
        }
    };
}

macro_rules! contracts {
    ($($name:ident: $carrier:ident),*) => {
        $(contract!($name, $carrier,
            connection: [
                messages_arrive_in_order_both_ways,
                nothing_moves_before_a_flush,
                payload_bytes_survive,
                large_and_small_messages_interleave,
                an_unread_peer_holds_the_flush_back,
                a_ping_proves_life_on_both_sides,
                close_delivers_what_was_sent_and_then_the_code,
                a_closed_connection_sends_nothing_more,
                a_dropped_peer_is_lost_after_what_it_sent,
                a_failed_flush_leaves_arrived_messages_readable,
                an_oversize_message_is_refused_with_its_id,
                an_oversize_registration_is_refused_with_its_id,
            ],
            channel: [
                frames_keep_order_and_kind,
                a_finished_stream_ends_with_its_code,
                an_aborted_stream_ends_with_its_code,
                a_dropped_writer_is_no_end_of_stream,
                an_unread_channel_holds_the_flush_back,
            ]
        );)*
    };
}

contracts!(memory: Memory, ws: Ws, ws_reversed: WsReversed, wss: Wss, wss_reversed: WssReversed);
