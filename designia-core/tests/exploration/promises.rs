//! What must be so in every state, and what must be so at rest.

use designia_core::payment::{AttemptState, RefundState};

use super::belief::Stage;
use super::bounds::{ATTEMPTS, IN_STOCK};
use super::engine::Engine;
use super::words::Kind;
use super::world::{Standing, World, told};

impl Engine {
    pub(crate) fn check(&self, world: &World) -> Result<(), String> {
        self.no_money_is_forgotten(world)?;
        self.cancelled_means_that_nothing_can_be_paid(world)?;
        self.goods_are_for_money(world)?;
        self.refunds_are_as_we_believe(world)?;
        self.stock_adds_up(world)
    }

    /// Money that the provider has and we don't know of: something that is planned, or a timer, will tell us.
    fn no_money_is_forgotten(&self, world: &World) -> Result<(), String> {
        let belief = self.book.belief(world.order);
        for (index, (session, attempt)) in world.sessions.iter().zip(&belief.attempts).enumerate() {
            if attempt.captured > session.captured {
                return Err(format!("attempt {} is believed to be paid and is not", index + 1));
            }
            let is_asked_about = world.calls.iter().flatten().any(|call| {
                usize::from(call.no) == index + 1 && matches!(call.kind, Kind::Open | Kind::Void | Kind::Ask)
            });
            let will_be_asked_about = attempt.state.is_live() && belief.next_tick.is_some();
            let will_be_told = session.told & told::LANDED != 0;
            if attempt.captured < session.captured && !is_asked_about && !will_be_asked_about && !will_be_told {
                let standing = if belief.is_cancelled { "cancelled" } else { "waiting" };
                return Err(format!("{standing} and charged: nobody will find out that attempt {} is paid", index + 1));
            }
        }
        Ok(())
    }

    fn cancelled_means_that_nothing_can_be_paid(&self, world: &World) -> Result<(), String> {
        let belief = self.book.belief(world.order);
        for (index, session) in world.sessions.iter().enumerate() {
            let can_be_paid = matches!(session.standing, Standing::Open | Standing::Settling);
            let is_over = belief.attempts.get(index).is_none_or(|attempt| !attempt.state.is_live());
            if can_be_paid && is_over {
                return Err(format!("attempt {} is believed to be over and can be paid", index + 1));
            }
            if can_be_paid && belief.stage == Stage::Cancelled {
                return Err(format!("cancelled, and attempt {} can be paid", index + 1));
            }
        }
        Ok(())
    }

    /// Nothing is to be shipped for money that has gone back, unless somebody gave it back past us.
    fn goods_are_for_money(&self, world: &World) -> Result<(), String> {
        let belief = self.book.belief(world.order);
        if belief.stage != Stage::Confirmed || world.dashboard.is_some() {
            return Ok(());
        }
        let there: i64 = (0..ATTEMPTS).map(|attempt| i64::from(self.refundable(world, attempt))).sum();
        if there < belief.owed {
            return Err(format!("goods for {} are owed, and {there} are there", belief.owed));
        }
        Ok(())
    }

    /// What was asked for is under way, what we believe to have failed was not made, and what we believe to be made was.
    fn refunds_are_as_we_believe(&self, world: &World) -> Result<(), String> {
        let belief = self.book.belief(world.order);
        for (no, (ours, its)) in (1_u8..).zip(belief.refunds.iter().zip(&world.refunds)) {
            let is_under_way = world.calls.iter().flatten().any(|call| call.kind == Kind::Refund && call.no == no);
            let is_right = match ours.state {
                RefundState::Requested => is_under_way,
                RefundState::Pending => its.state.is_some(),
                RefundState::Succeeded => its.had_succeeded,
                RefundState::Failed => matches!(its.state, None | Some(RefundState::Failed)),
            };
            if !is_right {
                return Err(format!("refund {no} is believed to be {:?}, and is {:?}", ours.state, its.state));
            }
            if ours.state == RefundState::Failed && its.state.is_none() && is_under_way {
                return Err(format!("refund {no} is believed to have failed and may still be made"));
            }
        }
        Ok(())
    }

    fn stock_adds_up(&self, world: &World) -> Result<(), String> {
        let belief = self.book.belief(world.order);
        for (product, in_stock) in IN_STOCK.into_iter().enumerate() {
            // Others take all that is free of the first product, which is all that there ever was.
            let elsewhere = if product == 0 && world.spent.others_bought { in_stock } else { 0 };
            let all = world.available[product] + belief.reserved[product] + elsewhere;
            if all != in_stock {
                return Err(format!("of {in_stock} units of product {product}, {all} are left"));
            }
            if belief.is_cancelled && belief.reserved[product] > 0 {
                return Err(format!("product {product} is reserved for a cancelled order"));
            }
        }
        Ok(())
    }

    /// At rest the engine knows the truth, and nobody is owed anything.
    pub(crate) fn check_rest(&self, world: &World) -> Result<(), String> {
        let belief = self.book.belief(world.order);
        let is_settled = matches!(belief.stage, Stage::Confirmed | Stage::Cancelled);
        if !is_settled || belief.waits > 0 {
            return Err(format!("at rest, and not done: {belief:?}"));
        }
        for (index, session) in world.sessions.iter().enumerate() {
            let (captured, state) = belief.attempts.get(index).map_or((0, None), |it| (it.captured, Some(it.state)));
            let is_over = match state {
                None => session.standing == Standing::None,
                Some(AttemptState::Closed | AttemptState::Captured) => {
                    !matches!(session.standing, Standing::Open | Standing::Settling)
                }
                Some(AttemptState::Opening | AttemptState::Open | AttemptState::Settling) => false,
            };
            if captured != session.captured || !is_over {
                return Err(format!("at rest, attempt {} is {session:?} and believed to be {state:?}", index + 1));
            }
        }
        for (no, (ours, its)) in (1..).zip(belief.refunds.iter().zip(&world.refunds)) {
            let is_known = match ours.state {
                RefundState::Requested | RefundState::Pending => false,
                RefundState::Succeeded => its.state == Some(RefundState::Succeeded),
                RefundState::Failed => matches!(its.state, None | Some(RefundState::Failed)),
            };
            if !is_known {
                return Err(format!("at rest, refund {no} is {its:?} and believed to be {:?}", ours.state));
            }
        }
        let left: i64 = (0..ATTEMPTS).map(|attempt| i64::from(self.refundable(world, attempt))).sum();
        let owed = if belief.stage == Stage::Confirmed { belief.owed } else { 0 };
        if left > owed || (left < owed && world.dashboard.is_none()) {
            return Err(format!("at rest, goods for {owed} are owed and {left} are kept"));
        }
        Ok(())
    }
}
