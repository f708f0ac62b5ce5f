//! The provider itself: what it knows, and what it allows.

use std::collections::HashMap;

use crate::effect::{IdempotencyKey, OpenPayment, PaymentRef, RefundPayment};
use crate::id::{AttemptNo, OrderId, RefundNo};
use crate::money::Money;
use crate::payment::{CloseReason, Decline, PaymentNews, ProviderRefs, RefundState};
use crate::ports::{
    GatewayError, GatewayErrorKind, PaymentLocator, PaymentPage, PaymentSnapshot, PaymentStanding, RefundSnapshot,
    WebhookSubject,
};
use crate::time::Timestamp;

#[derive(Default)]
pub(super) struct Provider {
    sessions: Vec<Session>,
    refunds: Vec<Refund>,
    opened: HashMap<IdempotencyKey, (OpenPayment, Result<PaymentSnapshot, String>)>,
    refunded: HashMap<IdempotencyKey, (RefundPayment, Result<RefundSnapshot, String>)>,
    refunds_stay_pending: bool,
    declines: u32,
}

struct Session {
    order: OrderId,
    attempt: AttemptNo,
    refs: ProviderRefs,
    amount: Money,
    page_closes_at: Timestamp,
    standing: PaymentStanding,
}

struct Refund {
    order: OrderId,
    /// The number that the order gave it; none for one made by hand.
    number: Option<RefundNo>,
    session: String,
    snapshot: RefundSnapshot,
}

/// The provider's refusal with a code.
pub(super) fn refused(code: &str) -> GatewayError {
    GatewayError {
        code: Some(code.to_owned()),
        ..GatewayError::new(GatewayErrorKind::Refused, format!("refused: {code}"))
    }
}

/// What the gateway asks.
impl Provider {
    pub(super) fn open(
        &mut self,
        request: &OpenPayment,
        key: &IdempotencyKey,
    ) -> Result<PaymentSnapshot, GatewayError> {
        if let Some((first, answer)) = self.opened.get(key) {
            return replay(first == request, answer);
        }
        let answer = self.open_anew(request);
        self.opened.insert(key.clone(), (request.clone(), answer.clone()));
        answer.map_err(|code| refused(&code))
    }

    fn open_anew(&mut self, request: &OpenPayment) -> Result<PaymentSnapshot, String> {
        if !request.amount.is_positive() {
            return Err("parameter_invalid_integer".to_owned());
        }
        let lines = request.lines.iter().map(|line| line.unit_amount.minor() * i64::from(line.quantity)).sum::<i64>();
        if lines != request.amount.minor() {
            return Err("lines_do_not_sum_to_amount".to_owned());
        }
        let name = format!("cs_test_{}", self.sessions.len() + 1);
        let session = Session {
            order: request.payment.order,
            attempt: request.payment.attempt,
            refs: ProviderRefs { session: Some(name), payment: None },
            amount: request.amount,
            page_closes_at: request.expires_at,
            standing: PaymentStanding::Open { captured: Money::zero(request.amount.currency()) },
        };
        let snapshot = session.snapshot();
        self.sessions.push(session);
        Ok(snapshot)
    }

    pub(super) fn look_up(&self, payment: &PaymentRef) -> Option<PaymentSnapshot> {
        self.sessions.iter().find(|session| session.is(payment)).map(Session::snapshot)
    }

    pub(super) fn void(&mut self, payment: &PaymentRef) -> Option<PaymentSnapshot> {
        let session = self.sessions.iter_mut().find(|session| session.is(payment))?;
        if let PaymentStanding::Open { captured } = session.standing {
            session.standing = PaymentStanding::Closed { reason: CloseReason::Unpaid, captured };
        }
        Some(session.snapshot())
    }

    pub(super) fn refund(
        &mut self,
        request: &RefundPayment,
        key: &IdempotencyKey,
    ) -> Result<RefundSnapshot, GatewayError> {
        if let Some((first, answer)) = self.refunded.get(key) {
            return replay(first == request, answer);
        }
        let answer = self.refund_anew(request);
        self.refunded.insert(key.clone(), (request.clone(), answer.clone()));
        answer.map_err(|code| refused(&code))
    }

    fn refund_anew(&mut self, request: &RefundPayment) -> Result<RefundSnapshot, String> {
        let session = self.sessions.iter().find(|session| session.is(&request.payment)).ok_or("resource_missing")?;
        let (order, name) = (session.order, session.name());
        let state = if self.refunds_stay_pending { RefundState::Pending } else { RefundState::Succeeded };
        self.give_back(order, Some(request.refund), name, request.amount, state).map(|refund| refund.snapshot.clone())
    }

    pub(super) fn look_up_refund(&self, request: &RefundPayment) -> Option<RefundSnapshot> {
        let is_meant = |refund: &&Refund| match &request.provider_id {
            Some(id) => refund.snapshot.provider_id == *id,
            None => refund.order == request.payment.order && refund.number == Some(request.refund),
        };
        self.refunds.iter().find(is_meant).map(|refund| refund.snapshot.clone())
    }

    fn give_back(
        &mut self,
        order: OrderId,
        number: Option<RefundNo>,
        session: String,
        amount: Money,
        state: RefundState,
    ) -> Result<&Refund, String> {
        if !amount.is_positive() {
            return Err("parameter_invalid_integer".to_owned());
        }
        if amount.minor() > self.left_of(&session) {
            return Err("charge_already_refunded".to_owned());
        }
        let provider_id = format!("re_test_{}", self.refunds.len() + 1);
        let snapshot = RefundSnapshot { provider_id, amount, state };
        self.refunds.push(Refund { order, number, session, snapshot });
        self.refunds.last().ok_or_else(String::new)
    }

    /// What was captured through a session and has not gone back.
    fn left_of(&self, session: &str) -> i64 {
        let captured = self.sessions.iter().filter(|it| it.name() == session).map(|it| it.captured().minor());
        let back = self.refunds.iter().filter(|it| it.session == session && it.counts());
        captured.sum::<i64>() - back.map(|it| it.snapshot.amount.minor()).sum::<i64>()
    }
}

/// A key that is known answers as it did the first time, or refuses another request.
fn replay<T: Clone>(is_same: bool, answer: &Result<T, String>) -> Result<T, GatewayError> {
    if !is_same {
        return Err(refused("idempotency_error"));
    }
    answer.clone().map_err(|code| refused(&code))
}

/// What buyers, banks and people at the dashboard do.
impl Provider {
    pub(super) fn forget_keys(&mut self) {
        self.opened.clear();
        self.refunded.clear();
    }

    pub(super) fn leave_refunds_pending(&mut self) {
        self.refunds_stay_pending = true;
    }

    pub(super) fn pay(&mut self, order: OrderId, attempt: AttemptNo) -> Option<WebhookSubject> {
        let session = self.session(order, attempt, Session::can_be_paid)?;
        session.name_payment();
        session.standing = PaymentStanding::Captured { total: session.amount };
        Some(session.says(PaymentNews::Captured { total: session.amount }))
    }

    pub(super) fn land(&mut self, order: OrderId, attempt: AttemptNo) -> Option<WebhookSubject> {
        let session = self.session(order, attempt, |it| matches!(it.standing, PaymentStanding::Closed { .. }))?;
        session.name_payment();
        session.standing = PaymentStanding::Captured { total: session.amount };
        Some(session.says(PaymentNews::Captured { total: session.amount }))
    }

    pub(super) fn promise(
        &mut self,
        order: OrderId,
        attempt: AttemptNo,
        by: Option<Timestamp>,
    ) -> Option<WebhookSubject> {
        let session = self.session(order, attempt, Session::is_open)?;
        session.name_payment();
        session.standing = PaymentStanding::Settling { by };
        Some(session.says(PaymentNews::Settling { by }))
    }

    pub(super) fn fail_settlement(&mut self, order: OrderId, attempt: AttemptNo) -> Option<WebhookSubject> {
        let session = self.session(order, attempt, |it| it.can_be_paid() && !it.is_open())?;
        Some(session.close(CloseReason::SettlementFailed))
    }

    pub(super) fn decline(&mut self, order: OrderId, attempt: AttemptNo, code: &str) -> Option<WebhookSubject> {
        let number = self.declines + 1;
        let session = self.session(order, attempt, Session::is_open)?;
        session.name_payment();
        let decline = Decline { reference: format!("ch_test_{number}"), code: code.to_owned() };
        let subject = session.says(PaymentNews::Declined(decline));
        self.declines = number;
        Some(subject)
    }

    pub(super) fn expire(&mut self, order: OrderId, attempt: AttemptNo) -> Option<WebhookSubject> {
        Some(self.session(order, attempt, Session::is_open)?.close(CloseReason::Unpaid))
    }

    pub(super) fn move_refund(&mut self, order: OrderId, no: RefundNo, to: RefundState) -> Option<WebhookSubject> {
        let index = self.refunds.iter().rposition(|it| it.order == order && it.number == Some(no))?;
        let refund = &mut self.refunds[index];
        if to <= refund.snapshot.state {
            return None;
        }
        refund.snapshot.state = to;
        self.says_of_refund(index)
    }

    pub(super) fn refund_by_hand(
        &mut self,
        order: OrderId,
        attempt: AttemptNo,
        amount: Money,
    ) -> Option<WebhookSubject> {
        let name = self.session(order, attempt, |it| it.captured().is_positive())?.name();
        self.give_back(order, None, name, amount, RefundState::Succeeded).ok()?;
        self.says_of_refund(self.refunds.len() - 1)
    }

    pub(super) fn sessions(&self, order: OrderId) -> Vec<ProviderRefs> {
        self.sessions.iter().filter(|session| session.order == order).map(|session| session.refs.clone()).collect()
    }

    pub(super) fn refunds(&self, order: OrderId) -> Vec<RefundSnapshot> {
        self.refunds.iter().filter(|refund| refund.order == order).map(|refund| refund.snapshot.clone()).collect()
    }

    pub(super) fn holds(&self, order: OrderId) -> i64 {
        self.sessions.iter().filter(|it| it.order == order).map(|it| self.left_of(&it.name())).sum()
    }

    fn session(
        &mut self,
        order: OrderId,
        attempt: AttemptNo,
        allows: impl Fn(&Session) -> bool,
    ) -> Option<&mut Session> {
        self.sessions.iter_mut().find(|it| it.order == order && it.attempt == attempt && allows(it))
    }

    fn says_of_refund(&self, index: usize) -> Option<WebhookSubject> {
        let Refund { number, session, snapshot, .. } = &self.refunds[index];
        let session = self.sessions.iter().find(|it| it.name() == *session)?;
        Some(WebhookSubject::Refund {
            locator: session.locator(),
            refund: *number,
            provider_id: snapshot.provider_id.clone(),
            amount: snapshot.amount,
            state: snapshot.state,
        })
    }
}

impl Session {
    fn name(&self) -> String {
        self.refs.session.clone().unwrap_or_default()
    }

    /// A payment gets its name when the buyer first tries to pay.
    fn name_payment(&mut self) {
        let name = self.name().replace("cs_", "pi_");
        self.refs.payment.get_or_insert(name);
    }

    /// By the provider's names if one is known, or else by what the session carries.
    fn is(&self, payment: &PaymentRef) -> bool {
        let PaymentRef { order, attempt, refs, started_at: _ } = payment;
        if refs.is_empty() {
            return self.order == *order && self.attempt == *attempt;
        }
        (refs.session.is_some() && refs.session == self.refs.session)
            || (refs.payment.is_some() && refs.payment == self.refs.payment)
    }

    fn is_open(&self) -> bool {
        matches!(self.standing, PaymentStanding::Open { .. })
    }

    fn can_be_paid(&self) -> bool {
        matches!(self.standing, PaymentStanding::Open { .. } | PaymentStanding::Settling { .. })
    }

    fn captured(&self) -> Money {
        match self.standing {
            PaymentStanding::Captured { total } => total,
            PaymentStanding::Open { captured } | PaymentStanding::Closed { captured, .. } => captured,
            PaymentStanding::Settling { .. } => Money::zero(self.amount.currency()),
        }
    }

    fn close(&mut self, reason: CloseReason) -> WebhookSubject {
        self.standing = PaymentStanding::Closed { reason: reason.clone(), captured: self.captured() };
        self.says(PaymentNews::Closed(reason))
    }

    fn snapshot(&self) -> PaymentSnapshot {
        let page = self.is_open().then(|| PaymentPage {
            url: Some(format!("https://pay.example/{}", self.name())),
            client_secret: None,
            expires_at: self.page_closes_at,
        });
        PaymentSnapshot { refs: self.refs.clone(), standing: self.standing.clone(), page }
    }

    fn locator(&self) -> PaymentLocator {
        PaymentLocator { order: Some(self.order), attempt: Some(self.attempt), refs: self.refs.clone() }
    }

    fn says(&self, news: PaymentNews) -> WebhookSubject {
        WebhookSubject::Payment { locator: self.locator(), news }
    }
}

impl Refund {
    fn counts(&self) -> bool {
        match self.snapshot.state {
            RefundState::Requested | RefundState::Pending | RefundState::Succeeded => true,
            RefundState::Failed => false,
        }
    }
}
